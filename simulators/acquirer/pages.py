"""What customers see: the page of a payment and that of a binding, in Chinese and English."""

from __future__ import annotations

from html import escape
from typing import Any, Final
from urllib.parse import urlsplit

from simulators.acquirer.cards import TEST_CARDS

Json = dict[str, Any]

_WORDS: Final = {
    "bank": ("收单行", "The acquirer"),
    "pay": ("支付", "Pay"),
    "bind": ("绑定银行卡", "Bind a bank card"),
    "to": ("收款方", "To"),
    "what": ("项目", "For"),
    "line": ("手机号码", "Number"),
    "amount": ("金额", "Amount"),
    "number": ("卡号", "Card number"),
    "number_help": ("12 至 19 位数字，印在卡的正面", "12 to 19 digits, on the front of the card"),
    "expiry": ("有效期", "Valid until"),
    "expiry_help": ("月/年，例如 09/30", "Month and year, such as 09/30"),
    "pay_now": ("确认支付", "Pay now"),
    "bind_now": ("绑定", "Bind"),
    "cancel": ("取消", "Cancel"),
    "back": ("返回", "Go back"),
    "wrong_number": (
        "卡号不正确，请核对后重新输入。",
        "This is no card number: check it, and type it again.",
    ),
    "wrong_expiry": (
        "有效期不正确或已过期，请按月/年输入，例如 09/30。",
        "This date is past or not understood: type month and year, such as 09/30.",
    ),
    "insufficient-funds": (
        "余额不足，请换一张卡。",
        "The card's limit does not suffice: use another card.",
    ),
    "expired": ("该卡已过期，请换一张卡。", "The card has expired: use another card."),
    "declined": ("发卡行拒绝了交易，请换一张卡。", "The card's bank declined: use another card."),
    "cancelled": ("已取消，未扣款。", "Cancelled. Nothing was taken."),
    "timed-out": ("支付超时，未扣款。", "Not paid in time. Nothing was taken."),
    "paid": ("支付成功，可以关闭此页面。", "Paid. You may close this page."),
    "bound": ("银行卡已绑定，可以关闭此页面。", "The card is bound. You may close this page."),
    "ended": ("此笔支付已结束，未扣款。", "This payment has ended. Nothing was taken."),
    "missing": ("链接无效或已过期。", "This link is not valid, or too old."),
    "test": (
        "这是模拟收单行，请使用测试卡号：",
        "This acquirer is simulated. Use one of its numbers:",
    ),
    "test_ok": ("支付成功", "pays"),
    "test_insufficient-funds": ("余额不足", "limit too low"),
    "test_expired": ("已过期", "expired"),
    "test_declined": ("被拒绝", "declined"),
    "other_language": ("English", "中文"),
}

CSS: Final = """
:root { color-scheme: light dark; --ink: #1b2330; --paper: #fff; --ground: #eef1f5;
  --line: #8a94a3; --accent: #1f4fa3; --on-accent: #fff; --bad: #a3201f; --quiet: #4c5766; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf2; --paper: #1b2230; --ground: #10151f;
  --line: #7c8798; --accent: #9dbcf5; --on-accent: #10151f; --bad: #ff9d97; --quiet: #b3bdcb; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, "Noto Sans SC", "Microsoft YaHei", sans-serif; }
header { display: flex; justify-content: space-between; max-width: 28rem; margin: 0 auto;
  padding: 1.25rem 1rem 0; color: var(--quiet); }
a { color: var(--accent); }
main { max-width: 28rem; margin: 1rem auto; padding: 1.5rem; background: var(--paper);
  border-radius: .75rem; }
h1 { font-size: 1.25rem; margin: 0 0 1rem; }
.amount { font-size: 2rem; font-weight: 650; font-variant-numeric: tabular-nums; margin: 0 0 1rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 0 0 1.25rem; }
dt { color: var(--quiet); } dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
label { display: block; font-weight: 600; margin-top: 1rem; }
.help { color: var(--quiet); font-size: .875rem; margin: 0; }
input { width: 100%; min-height: 3rem; margin-top: .25rem; padding: .5rem .75rem; font: inherit;
  font-size: 1.125rem; color: inherit; background: transparent; border: 1px solid var(--line);
  border-radius: .5rem; font-variant-numeric: tabular-nums; }
button, .button { display: block; width: 100%; min-height: 3rem; margin-top: 1rem;
  padding: .6rem 1rem; font: inherit; font-weight: 600; text-align: center; text-decoration: none;
  border-radius: .5rem;
  border: 1px solid var(--accent); background: transparent; color: var(--accent); cursor: pointer; }
button.first, .button { background: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.problem { color: var(--bad); font-weight: 600; margin: 0 0 .5rem; }
.test { max-width: 28rem; margin: 0 auto; padding: 0 1.5rem 2rem; color: var(--quiet);
  font-size: .875rem; }
.test ul { margin: .25rem 0; padding-left: 1.25rem; font-variant-numeric: tabular-nums; }
"""


class Page:
    """Words of one language, and the pages made of them."""

    def __init__(self, language: str, address: str) -> None:
        self._english = language.startswith("en")
        self._address = address
        """Where the page is, without its language."""

    def word(self, name: str) -> str:
        return _WORDS[name][self._english]

    def payment(self, payment: Json, problem: str = "") -> str:
        """The form of a payment that waits for its customer, or what has become of it."""
        if payment["state"] != "pending":
            return self._ended(
                "pay", self.word(_verdict(payment)), payment["return_to"], payment["state"]
            )
        facts = self._facts(
            ("to", payment["merchant"]),
            ("what", payment["description"]),
            ("line", _masked(payment["msisdn"])),
        )
        amount = f'<p class="amount">¥{payment["amount"] // 100}.{payment["amount"] % 100:02}</p>'
        return self._whole("pay", amount + facts + self._form("pay_now", problem), tests=True)

    def binding(self, binding: Json, problem: str = "") -> str:
        """The form on which a card is bound, or what has become of it."""
        if binding["used"]:
            return self._ended("bind", self.word("bound"), binding["return_to"], "bound")
        facts = self._facts(("line", _masked(binding["msisdn"])))
        return self._whole("bind", facts + self._form("bind_now", problem), tests=True)

    def missing(self) -> str:
        return self._whole("bank", f"<p>{self.word('missing')}</p>")

    def _facts(self, *facts: tuple[str, str]) -> str:
        rows = "".join(
            f"<dt>{self.word(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts if value
        )
        return f"<dl>{rows}</dl>"

    def _form(self, button: str, problem: str) -> str:
        said = (
            f'<p class="problem" id="problem" role="alert">{self.word(problem)}</p>'
            if problem
            else ""
        )
        about = "problem " if problem else ""
        return (
            f'{said}<form method="post" action="{escape(self._address)}?language={self._code}"'
            ' autocomplete="off">'
            f'<label for="number">{self.word("number")}</label>'
            f'<p class="help" id="number-help">{self.word("number_help")}</p>'
            '<input id="number" name="number" inputmode="numeric" maxlength="30"'
            f' autocomplete="cc-number" aria-describedby="{about}number-help">'
            f'<label for="expiry">{self.word("expiry")}</label>'
            f'<p class="help" id="expiry-help">{self.word("expiry_help")}</p>'
            '<input id="expiry" name="expiry" inputmode="text" maxlength="7"'
            f' autocomplete="cc-exp" aria-describedby="{about}expiry-help">'
            f'<button class="first" name="act" value="pay">{self.word(button)}</button>'
            f'<button name="act" value="cancel">{self.word("cancel")}</button></form>'
        )

    def _ended(self, title: str, said: str, return_to: str, state: str) -> str:
        back = (
            f'<a class="button" href="{escape(return_to)}">{self.word("back")}</a>'
            if web_address(return_to)
            else ""
        )
        return self._whole(title, f'<p data-state="{state}">{said}</p>{back}')

    @property
    def _code(self) -> str:
        return "en" if self._english else "zh-hans"

    def _whole(self, title: str, content: str, *, tests: bool = False) -> str:
        other = "zh-hans" if self._english else "en"
        language = "en" if self._english else "zh-Hans"
        switched = f"{escape(self._address)}?language={other}"
        return (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{self.word(title)} · {self.word('bank')}</title>"
            '<link rel="stylesheet" href="/page.css"></head><body>'
            f"<header><span>{self.word('bank')}</span>"
            f'<a href="{switched}" lang="{"zh-Hans" if self._english else "en"}">'
            f"{self.word('other_language')}</a></header>"
            f"<main><h1>{self.word(title)}</h1>{content}</main>"
            f"{self._test_cards() if tests else ''}</body></html>"
        )

    def _test_cards(self) -> str:
        rows = "".join(
            f"<li>{number[:4]} {number[4:8]} {number[8:12]} {number[12:]}: "
            f"{self.word('test_' + (code or 'ok'))}</li>"
            for number, code in TEST_CARDS.items()
        )
        return f'<aside class="test">{self.word("test")}<ul>{rows}</ul></aside>'


def web_address(address: str) -> bool:
    """Whether a browser may be sent there."""
    return urlsplit(address).scheme in ("http", "https")


def _verdict(payment: Json) -> str:
    if payment["state"] in ("authorised", "captured"):
        return "paid"
    return payment["code"] if payment["code"] in ("cancelled", "timed-out") else "ended"


def _masked(msisdn: str) -> str:
    return f"{msisdn[:3]}****{msisdn[-4:]}" if len(msisdn) > 7 else msisdn
