"""The words of Google Ads: categories of conversion actions, counting, and what they stand for.

Read in the protocol buffers of API v26 (October 2026). A category decides the goal that an action
belongs to, so a wrong one makes it bid in the wrong campaigns.
"""

from typing import Literal

from microlift.plan import Count
from microlift.weights import ActionWeight

CATEGORIES = {
    "DEFAULT": 2,
    "PAGE_VIEW": 3,
    "PURCHASE": 4,
    "SIGNUP": 5,
    "DOWNLOAD": 7,
    "ADD_TO_CART": 8,
    "BEGIN_CHECKOUT": 9,
    "SUBSCRIBE_PAID": 10,
    "PHONE_CALL_LEAD": 11,
    "IMPORTED_LEAD": 12,
    "SUBMIT_LEAD_FORM": 13,
    "BOOK_APPOINTMENT": 14,
    "REQUEST_QUOTE": 15,
    "GET_DIRECTIONS": 16,
    "OUTBOUND_CLICK": 17,
    "CONTACT": 18,
    "ENGAGEMENT": 19,
    "STORE_VISIT": 20,
    "STORE_SALE": 21,
    "QUALIFIED_LEAD": 22,
    "CONVERTED_LEAD": 23,
    "YOUTUBE_FOLLOW_ON_VIEWS": 24,
    "MESSAGE_LEAD": 25,
    "IN_APP_AD_REVENUE": 26,
}
COUNTING = {"ONE_PER_CLICK": 2, "MANY_PER_CLICK": 3}
Counting = Literal["ONE_PER_CLICK", "MANY_PER_CLICK"]

_BY_NAME = {
    "view_item": "PAGE_VIEW",
    "view_item_list": "PAGE_VIEW",
    "page_view": "PAGE_VIEW",
    "add_to_cart": "ADD_TO_CART",
    "begin_checkout": "BEGIN_CHECKOUT",
    "add_shipping_info": "BEGIN_CHECKOUT",
    "add_payment_info": "BEGIN_CHECKOUT",
    "purchase": "PURCHASE",
    "sign_up": "SIGNUP",
    "newsletter": "SIGNUP",
    "start_trial": "SIGNUP",
    "subscribe": "SUBSCRIBE_PAID",
    "generate_lead": "SUBMIT_LEAD_FORM",
    "form_submit": "SUBMIT_LEAD_FORM",
    "qualify_lead": "QUALIFIED_LEAD",
    "close_convert_lead": "CONVERTED_LEAD",
    "request_quote": "REQUEST_QUOTE",
    "book_appointment": "BOOK_APPOINTMENT",
    "schedule": "BOOK_APPOINTMENT",
    "contact": "CONTACT",
    "file_download": "DOWNLOAD",
    "find_location": "GET_DIRECTIONS",
    "click": "OUTBOUND_CLICK",
}
_BY_KIND = {"engagement": "ENGAGEMENT", "exploration": "PAGE_VIEW"}


def category_of(action: ActionWeight) -> str:
    """The category that an action's name, its events or its kind suggest; DEFAULT is "other"."""
    for name in (action.name, *action.events):
        if name.lower() in _BY_NAME:
            return _BY_NAME[name.lower()]
    return _BY_KIND.get(action.kind, "DEFAULT")


def counting_of(count: Count) -> Counting:
    """How Google Ads is to count: a user's first is nearest to one per click.

    Examples
    --------
    >>> counting_of("user"), counting_of("every")
    ('ONE_PER_CLICK', 'MANY_PER_CLICK')
    """
    return "MANY_PER_CLICK" if count == "every" else "ONE_PER_CLICK"
