"""
What every peer does with us, so that each can be held against the others.

An application binds, submits a long text, gets its receipts, is dialled from a phone, answers with
a menu, and unbinds. Each writes what it saw as lines of JSON. The octets of the session and of the
vendor's parameter have NULs in them: libraries were seen to end a value there.
"""

from __future__ import annotations

import json
from typing import Final

NAME: Final = "peer"
PASSWORD: Final = "secret"
PHONE: Final = "13912345678"
CODE: Final = "10086"
TEXT: Final = "您的话费余额为一百二十元，" * 15
MENU: Final = "1 余额\n2 套餐"
DIALLED: Final = "*100#"
CHOICE: Final = "2"
DONE: Final = "再见"
SESSION: Final = b"\x00\xff"
REFERENCE: Final = b"\x01\x00"
VENDOR_TAG: Final = 0x1501
VENDOR: Final = b"\x00\x01\x00\xff\x00"


def as_json(phone: str = PHONE) -> str:
    """For the command line of a program."""
    return json.dumps(
        {
            "name": NAME,
            "password": PASSWORD,
            "phone": phone,
            "code": CODE,
            "text": TEXT,
            "menu": MENU,
            "dialled": DIALLED,
            "choice": CHOICE,
            "session": SESSION.hex(),
            "reference": REFERENCE.hex(),
            "vendor": VENDOR.hex(),
        }
    )
