"""What an error text of any client or broker means.

    causes = explain("verify error:num=2:unable to get issuer certificate")
    causes[0].id, causes[0].likelihood, causes[0].fix

Pure: nothing is connected to, nothing is run. The knowledge stands in `assets/data/explain/*.rows`, one row for one
kind of statement, each with its source; the words stand in the catalogues `finding` and `explain`.
"""

from services.explain.causes import Cause, explain, findings
from services.explain.knowledge import Likelihood, Side

__all__ = ["Cause", "Likelihood", "Side", "explain", "findings"]
