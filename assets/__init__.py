"""What the program shows and knows that is no code: texts, guide, styles, pictures, dated data files."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent  # importlib.resources would do, but costs every start more than all the texts
