"""A district with two carriers, its staff and an operator, and files that count as evidence."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from incubators.access import Role
from incubators.models import Residency
from incubators.register import incubation, services
from incubators.register.limits import Rules, clocked, put_standing
from tests.incubators.factories import (
    AreaFactory,
    CarrierFactory,
    EnterpriseFactory,
    IncubationRuleFactory,
    TownFactory,
    make_user,
)

D = date.fromisoformat
_numbers = count()


def proof(name: str = "证明.pdf") -> SimpleUploadedFile:
    """A file recognised as PDF, each with its own content."""
    return SimpleUploadedFile(name, b"%PDF-1.7 " + str(next(_numbers)).encode())


class District:
    """Everything that happens in it goes through the services, by staff unless somebody else is named."""

    def __init__(self, **says: Any) -> None:
        self.area = AreaFactory(name="甲区")
        self.rule = IncubationRuleFactory(says=says)
        town = TownFactory(parent=self.area)
        self.first = CarrierFactory(name="甲区一号孵化器", area=town, owner_area=self.area)
        self.second = CarrierFactory(name="甲区二号孵化器", area=town, owner_area=self.area)
        self.staff = make_user(Role.STAFF, area=self.area)
        self.operator = make_user(Role.OPERATOR, organisation=self.first.operator)
        self.company = EnterpriseFactory(area=self.area, industry="新材料")

    def admit(
        self, day: str, *, carrier: Any = None, user: Any = None, company: Any = None, **values: Any
    ) -> Residency:
        return services.admit(
            user=user or self.staff,
            carrier=carrier or self.first,
            uscc=(company or self.company).uscc,
            name="",
            entered_on=D(day),
            **{"incubating": True, **values},
        )

    def leave(self, stay: Residency, day: str, outcome: str = "moved_out", **values: Any) -> Residency:
        return services.leave(user=self.staff, residency=stay, left_on=D(day), outcome=outcome, **values)

    def extend(self, stay: Residency, day: str, until: str, **values: Any) -> Any:
        reason = values.pop("reason", "临床试验尚未结束")
        who = values.pop("user", self.staff)
        return incubation.extend(user=who, residency=stay, decided_on=D(day), until=D(until), reason=reason, **values)

    def transfer(self, stay: Residency, day: str, to: Any = None, **values: Any) -> Residency:
        who = values.pop("user", self.staff)
        return incubation.transfer(user=who, residency=stay, carrier=to or self.second, on=D(day), **values)

    def graduate(self, stay: Residency, day: str, *grounds: str, **values: Any) -> Residency:
        files = values.pop("files", None)
        return incubation.graduate(
            user=values.pop("user", self.staff),
            residency=stay,
            graduated_on=D(day),
            grounds=[*grounds] or ["listed"],
            files=[proof()] if files is None else files,
            **values,
        )

    def standing(self, stay: Residency, day: str) -> Any:
        """How a stay stands on a day."""
        rows = clocked(Residency.objects.select_related("enterprise", "carrier__owner_area")).filter(pk=stay.pk)
        return put_standing(rows, D(day), Rules())[0].standing

    def state(self, stay: Residency, day: str) -> str | None:
        return self.standing(stay, day).state
