"""The pages of the shop, from templates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from accounts import Customer, Order
from web import Html, join, render


@dataclass(frozen=True)
class Product:
    """Something to buy. `key` names its drawing; the price is as shown."""

    key: str
    name: str
    kind: str
    text: str
    price: str


def load_products(path: Path) -> list[Product]:
    """The catalogue, in the order of the shop window."""
    return [Product(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def home(products: list[Product], customer: Customer | None) -> Html:
    """The shop window."""
    cards = join(
        render(
            "product.html",
            key=product.key,
            name=product.name,
            kind=product.kind,
            text=product.text,
            price=product.price,
        )
        for product in products
    )
    return _layout("Acme Audio: hear the room, not the noise", "home.html", customer, cards=cards)


def login(next_: str, email: str = "", error: str = "") -> Html:
    """The login form, with what was typed and what was wrong with it."""
    alert = render("alert.html", text=error) if error else Html()
    return _layout("Log in · Acme Audio", "login.html", None, next=next_, email=email, alert=alert)


def account(customer: Customer) -> Html:
    """The customer's own page."""
    orders = join(_order(order) for order in customer.orders)
    return _layout(
        "Your account · Acme Audio",
        "account.html",
        customer,
        name=customer.name,
        email=customer.email,
        company=customer.company,
        orders=orders,
    )


def _order(order: Order) -> Html:
    day = (datetime.now(UTC) - timedelta(days=order.days_ago)).date()
    return render(
        "order.html",
        number=order.number,
        items=order.items,
        date=day.isoformat(),
        day=f"{day.day} {day:%B %Y}",
        state=order.state,
    )


def problem(title: str, sentence: str, customer: Customer | None) -> Html:
    """A page that says what went wrong."""
    return _layout(f"{title} · Acme Audio", "problem.html", customer, title=title, text=sentence)


def _layout(page_title: str, template: str, customer: Customer | None, **values: str) -> Html:
    menu = render("menu-in.html", name=customer.name) if customer else render("menu-out.html")
    return render(
        "layout.html", page_title=page_title, menu=menu, content=render(template, **values)
    )
