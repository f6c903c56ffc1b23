"""The monthly bulletin (月度通报): what it is made from (month), its parts (filing, figures, ranking), the whole (paper)."""

from incubators.reporting.bulletin.month import FIGURES, OF_INCUBATEES, Month, gather
from incubators.reporting.bulletin.paper import bulletin
from incubators.reporting.bulletin.ranking import RANKED

__all__ = ["FIGURES", "OF_INCUBATEES", "RANKED", "Month", "bulletin", "gather"]
