"""Prints the JSON schema of plan files, for editors that check and complete YAML as one writes.

Usage: ``python -m plans.planfile.schema_json > fixtures/plans/plan-file.schema.json``
"""

import json
import sys

from plans.planfile.schema import PlanFile


def schema_text() -> str:
    """The JSON schema as it is committed, with a final newline."""
    schema = PlanFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "计划文件"
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
