"""Plan files: what a policy text says, as reviewed data.

Pure Python. Nothing here knows Django, a database or a page: a plan file is read, checked and
handed on as frozen objects. ``docs/plan-files.md`` teaches how to write one.
"""

from plans.planfile.load import read_plan, read_plans
from plans.planfile.problems import PlanFileError, Problem
from plans.planfile.schema import PlanFile

__all__ = ["PlanFile", "PlanFileError", "Problem", "read_plan", "read_plans"]
