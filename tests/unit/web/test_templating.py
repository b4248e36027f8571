"""What templates can call, and the macros."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
import wtforms
from markupsafe import Markup
from pyramid.request import Request
from webtest import TestApp

from portal.web.forms import SelectChoice
from portal.web.i18n import N_
from portal.web.style import PAGES
from portal.web.templating import avatar_tone, initials

TEMPLATES = Path(__file__).resolve().parents[3] / "portal" / "templates"
HOSTILE = '<script>alert("x")</script>'


def test_what_is_shown_is_escaped(render: Callable[..., str]) -> None:
    assert "<script>" not in render("{{ name }}", name=HOSTILE)


def test_variables_of_a_text_are_escaped_and_markup_is_not(render: Callable[..., str]) -> None:
    said = render('{{ _("Signed in as %(email)s.", email=email) }}', email=HOSTILE)
    assert said.startswith("Signed in as &lt;script&gt;")
    said = render('{{ _("Signed in as %(email)s.", email=email) }}', email=Markup("<b>me</b>"))
    assert said == "Signed in as <b>me</b>."


def test_a_text_itself_is_words_and_never_markup(render: Callable[..., str]) -> None:
    assert "<script>" not in render("{{ _(text) }}", text=HOSTILE)
    assert "<script>" not in render("{{ text|said }}", text=N_(HOSTILE))


def test_an_undefined_variable_is_an_error(render: Callable[..., str]) -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("{{ nobody_gave_this }}")


def test_texts_follow_the_reader_in_pages_and_in_macros(render: Callable[..., str]) -> None:
    assert render('{{ _("Sign out") }}', "de") == "Abmelden"
    macro = '{% from "partials/marks.jinja2" import state %}{{ state("open") }}'
    assert "Open" in render(macro, "en")
    assert "Offen" in render(macro, "de")
    assert "Open" in render(macro, "en")


@pytest.mark.parametrize(
    ("tones", "passes"), [(["green"], True), (["green", "amber"], False), (["red"], False)]
)
def test_good_news_passes_and_the_rest_stays(
    render: Callable[..., str], tones: list[str], passes: bool
) -> None:
    macro = '{% from "partials/alert.jinja2" import flashes %}{{ flashes(messages) }}'
    messages = [{"tone": tone, "text": "Done."} for tone in tones]
    assert ("passing" in render(macro, messages=messages)) is passes


def test_a_mail_is_in_its_readers_language(environment: jinja2.Environment) -> None:
    text = environment.from_string('{{ _("Sign out") }} {{ number(1200) }}')
    assert text.render(language="de") == "Abmelden 1.200"
    assert text.render() == "Sign out 1,200"


def test_only_a_message_is_translated_by_said(render: Callable[..., str]) -> None:
    assert render("{{ a|said }} {{ b|said }}", "de", a=N_("Open"), b="Open") == "Offen Open"
    assert render("{{ a|said }}", a=Markup("<b>x</b>")) == "<b>x</b>"
    filled = N_("Signed in as %(email)s.", email=HOSTILE)
    assert "&lt;script&gt;" in render("{{ a|said }}", "de", a=filled)


def test_plurals(render: Callable[..., str]) -> None:
    source = '{{ ngettext("%(num)s earlier message", "%(num)s earlier messages", n) }}'
    assert render(source, "de", n=1) == "1 frühere Nachricht"
    assert render(source, "de", n=1200) == "1.200 frühere Nachrichten"


def test_a_time_carries_the_absolute_one(render: Callable[..., str]) -> None:
    moment = datetime.now(UTC) - timedelta(minutes=9)
    html = render("{{ when(moment) }}", moment=moment)
    assert f'datetime="{moment.isoformat(timespec="seconds")}"' in html
    assert f'title="{moment.day} ' in html
    assert ">9 min ago</time>" in html
    assert render("{{ when(none) }}") == ""


def test_a_time_is_in_the_readers_zone(
    render: Callable[..., str], request_in: Callable[..., Request]
) -> None:
    moment = datetime(2020, 7, 1, 12, 0, tzinfo=UTC)
    request = request_in("en", identity=SimpleNamespace(locale=None, timezone="Asia/Tokyo"))
    assert ">1 July 2020, 21:00</time>" in render(
        '{{ when(moment, "full") }}', moment=moment, request=request
    )


@pytest.mark.parametrize(
    ("size", "english", "german"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (84_000, "84 KB", "84 KB"),
        (999_900, "1 MB", "1 MB"),
        (1_800_000, "1.8 MB", "1,8 MB"),
        (25_000_000, "25 MB", "25 MB"),
        (3_000_000_000_000_000, "3,000 TB", "3.000 TB"),
    ],
)
def test_file_sizes(render: Callable[..., str], size: int, english: str, german: str) -> None:
    assert render("{{ filesize(n) }}", n=size).replace("\N{NO-BREAK SPACE}", " ") == english
    assert render("{{ filesize(n) }}", "de", n=size).replace("\N{NO-BREAK SPACE}", " ") == german


def test_a_file_size_stays_together_from_right_to_left(render: Callable[..., str]) -> None:
    assert render("{{ filesize(84000) }}", "ar") == "\u206684\N{NO-BREAK SPACE}KB\u2069"


def test_a_day_is_said_in_the_readers_language(render: Callable[..., str]) -> None:
    assert render("{{ day|said }}", day=date(2026, 3, 12)) == "12 March 2026"
    assert render("{{ day|said }}", "de", day=date(2026, 3, 12)) == "12. März 2026"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Marta Lindqvist", "ML"), ("Ada", "A"), ("ana de la cruz", "AC"), ("", "?"), ("(x) y", "Y")],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_person_keeps_a_hue_of_the_five() -> None:
    assert {avatar_tone(n) for n in range(50)} == {1, 2, 3, 4, 5}
    assert avatar_tone(42) == avatar_tone(42)


def test_an_icon_is_hidden_from_readers_and_must_exist(render: Callable[..., str]) -> None:
    html = render('{{ icon("reply", flip=true, cls="l") }}')
    assert 'class="icon flip l" aria-hidden="true"' in html
    assert "#reply" in html
    with pytest.raises(KeyError, match="no icon 'repyl'"):
        render('{{ icon("repyl") }}')


def test_the_field_of_every_form_carries_the_token(
    render: Callable[..., str], request_in: Callable[..., Request]
) -> None:
    html = render("{{ csrf_field() }}", request=request_in(csrf_token='t"k'))
    assert html == '<input type="hidden" name="csrf_token" value="t&#34;k">'


class SignUp(wtforms.Form):
    email = wtforms.EmailField(N_("Open"), [wtforms.validators.InputRequired()])
    password = wtforms.PasswordField("Password")
    kind = wtforms.SelectField(
        "Kind", choices=[SelectChoice("a", N_("Open")), SelectChoice("b", HOSTILE)]
    )


FIELD = '{% from "partials/form.jinja2" import error_summary, field %}'


def test_a_field_ties_label_hint_and_error_together(render: Callable[..., str]) -> None:
    form = SignUp(email='"><b>')
    form.email.errors = [N_("Sign out")]
    html = render(FIELD + '{{ field(form.email, hint="A hint") }}', "de", form=form)
    assert '<label for="email">Offen</label>' in html
    assert 'aria-describedby="email-hint email-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="email-hint">A hint<' in html
    assert re.search(r'id="email-error">.*Abmelden', html)
    assert "<b>" not in html
    assert " required" in html


def test_a_field_without_trouble_says_nothing_of_it(render: Callable[..., str]) -> None:
    html = render(FIELD + "{{ field(form.email) }}", form=SignUp())
    assert "aria-describedby" not in html
    assert "aria-invalid" not in html


def test_choices_that_are_messages_are_translated_and_others_escaped(
    render: Callable[..., str],
) -> None:
    html = render(FIELD + "{{ field(form.kind) }}", "de", form=SignUp(kind="a"))
    assert '<option value="a" selected>Offen</option>' in html
    assert "<script>" not in html


def test_the_summary_leads_to_each_wrong_field(render: Callable[..., str]) -> None:
    form = SignUp(kind="a")
    assert render(FIELD + "{{ error_summary(form) }}", form=form).strip() == ""
    form.validate()
    html = render(FIELD + "{{ error_summary(form) }}", form=form)
    assert 'role="alert"' in html
    assert 'href="#email"' in html
    assert "One answer" in html


def test_customers_and_agents_read_the_same_state_in_their_own_words(
    render: Callable[..., str],
) -> None:
    source = (
        '{% from "partials/marks.jinja2" import customer_state, priority, state %}'
        "{{ state(s) }}|{{ customer_state(s) }}|{{ priority(p) }}"
    )
    agent, customer, priority = render(source, s="pending", p="normal").split("|")
    assert "Pending" in agent
    assert "We are waiting for your reply" in customer
    assert priority.strip() == ""
    assert "Urgent" in render(source, s="new", p="urgent")


COMPOSERS = (
    '{% from "partials/thread.jinja2" import composer_note, composer_reply %}'
    '{% call composer_reply("/r", form.email, ["Marta"], "?n", "?") %}S{% endcall %}'
    '@@{{ composer_note("/n", form.email, "?r", "?") }}'
)


def test_a_note_cannot_be_taken_for_a_reply(
    render: Callable[..., str], request_in: Callable[..., Request]
) -> None:
    request = request_in(csrf_token="t")
    reply, note = render(COMPOSERS, form=SignUp(), request=request).split("@@")
    assert "note-ground" in note
    assert "note-ground" not in reply
    assert "Only your team sees this" in note
    assert "Marta" in reply
    assert "#lock" in note
    assert "Add note" in note
    assert "Add note" not in reply


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_of_the_style_page_renders(browser: TestApp, page: str, language: str) -> None:
    for query in ("", "?mode=reply", "?mode=note"):
        response = browser.get(f"/-/style/{page}{query}", headers={"Accept-Language": language})
        html = response.text
        assert f'<html lang="{language}" dir="ltr">' in html
        assert not re.search(r"<[^>]+\s(style|on\w+)=", html), "the content policy forbids these"
        assert "<style" not in html
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))


def test_the_theme_is_known_before_the_first_byte(browser: TestApp) -> None:
    browser.set_cookie("portal_theme", "dark")
    assert 'data-theme="dark"' in browser.get("/-/style").text
    browser.set_cookie("portal_theme", '"><script>')
    assert "data-theme" not in browser.get("/-/style").text
    browser.reset()


def test_every_template_compiles(environment: jinja2.Environment) -> None:
    names = [path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.jinja2")]
    assert len(names) > 10
    for name in names:
        environment.get_template(name)


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = (TEMPLATES.parent / "static" / "icons.svg").read_text()
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    for path in TEMPLATES.rglob("*.jinja2"):
        named = re.findall(r'(?:\b(?:icon|draw)\(|\bicon=)"([a-z0-9-]+)"', path.read_text())
        assert set(named) <= known, path
