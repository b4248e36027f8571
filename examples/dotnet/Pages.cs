// What there is to see. Everything that is not written here goes through E().

using System.Text.Encodings.Web;

namespace Site;

public sealed record TicketForm(string Title, string Description, Guid FormId);

public static class Pages
{
    private static string E(object? text) => HtmlEncoder.Default.Encode(text?.ToString() ?? "");

    private static string Csrf(string csrf) => $"""<input type="hidden" name="csrf" value="{E(csrf)}">""";

    private static string Page(string title, string content) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{E(title)} · Acme Audio</title>
        <link rel="stylesheet" href="/site.css">
        </head>
        <body>
        <header><a href="/">Acme Audio</a> <a href="/support">Support</a></header>
        <main>
        <h1>{E(title)}</h1>
        {content}
        </main>
        </body>
        </html>

        """;

    public static string Home(string csrf, Customer? customer, int? opened)
    {
        if (customer is null)
        {
            return Page("Welcome", """
                <p>You are not logged in.</p>
                <p><a class="button" href="/login">Log in</a></p>
                """);
        }
        var link = $"/support?redirect_url={Uri.EscapeDataString($"/tickets/{opened}")}";
        var notice = opened is null
            ? ""
            : $"""<p class="notice" role="status">Ticket {E(opened)} is open. <a href="{E(link)}">Follow it</a></p>""";
        return Page("Welcome", $"""
            {notice}
            <p>You are logged in as {E(customer.Name)}, {E(customer.Email)}.</p>
            <p><a class="button" href="/support">Go to the help desk</a> <a class="button" href="/ticket">Ask support</a></p>
            <form method="post" action="/logout">{Csrf(csrf)}<button>Log out</button></form>
            """);
    }

    public static string Login(string csrf, IEnumerable<Customer> customers, string next)
    {
        var buttons = customers.Select(customer =>
            $"""<button name="customer" value="{E(customer.Id)}">Log in as {E(customer.Name)}</button>""");
        return Page("Log in", $"""
            <p>This sample asks for no password. Your own login goes here.</p>
            <form method="post" action="/login">
              {Csrf(csrf)}
              <input type="hidden" name="next" value="{E(next)}">
              {string.Join(' ', buttons)}
            </form>
            """);
    }

    public static string Handover(string callbackUrl, string token) => Page("One moment", $"""
        <form id="handover" method="post" action="{E(callbackUrl)}">
          <input type="hidden" name="token" value="{E(token)}">
          <button>Continue to the help desk</button>
        </form>
        <script src="/handover.js"></script>
        """);

    public static string Ticket(string csrf, TicketForm form, PortalRefusedException? refused = null)
    {
        var reference = refused?.Reference is { } known ? $" Reference {E(known)}" : "";
        var alert = refused is null
            ? ""
            : $"""<p class="alert" role="alert">The help desk could not take this.{reference}</p>""";
        return Page("Ask support", $"""
            {alert}
            <form method="post" action="/ticket">
              {Csrf(csrf)}
              <input type="hidden" name="form_id" value="{E(form.FormId)}">
              <label>Subject <input name="title" maxlength="200" required value="{E(form.Title)}"></label>
              <label>What happened? <textarea name="description" rows="6" required>{E(form.Description)}</textarea></label>
              <button>Send</button>
            </form>
            """);
    }

    public static string SignedOut(string csrf, Customer? customer)
    {
        var here = customer is null
            ? "<p>You are not logged in here either.</p>"
            : $"""
                <p>Here you are still logged in as {E(customer.Name)}.</p>
                <form method="post" action="/logout">{Csrf(csrf)}<button>Log out here too</button></form>
                """;
        return Page("You have left the help desk", $"""
            {here}
            <p><a href="/support">Back to the help desk</a></p>
            """);
    }

    public static string Problem(string sentence) => Page("That did not work", $"<p>{E(sentence)}</p>");
}
