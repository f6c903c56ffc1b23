"""What is wrong in a plan file, said so that its author can put it right."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One fault: the file, its line (from 1), the field (a path such as ``targets[3].quote``) and
    a Chinese sentence saying what is wrong and what was expected."""

    file: str
    line: int
    field: str
    message_zh: str

    def __str__(self) -> str:
        return f"{self.file} 第{self.line}行 {self.field}:{self.message_zh}"


class PlanFileError(Exception):
    """A plan file cannot be used; ``problems`` lists every fault found, in the order of the lines."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
