// A tiny company site whose customers are signed in to the help desk already.

using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;
using Site;

// REPLACE THIS by your own accounts and your own login.
var customers = new[]
{
    new Customer("1001", "cleo@customer.test", "Cleo Customer"),
    new Customer("1002", "marta@northwind.example", "Marta Lindqvist"),
}.ToDictionary(customer => customer.Id);

var builder = WebApplication.CreateBuilder(args);
Portal portal;
try
{
    portal = new Portal(builder.Configuration);
}
catch (InvalidOperationException problem)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}

var https = builder.Configuration["SITE_HTTPS"] == "1";
builder.WebHost.UseUrls($"http://127.0.0.1:{builder.Configuration["PORT"] ?? "8000"}");
builder.Services.AddAntiforgery(options => options.FormFieldName = "csrf");
builder.Services
    .AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme)
    .AddCookie(options =>
    {
        options.Cookie.Name = "site_session";
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = https ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        options.LoginPath = "/login";
        options.ReturnUrlParameter = "next";
    });

var app = builder.Build();
app.Use(async (context, next) =>
{
    var headers = context.Response.Headers;
    headers.ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; "
        + $"form-action 'self' {portal.CallbackUrl}; frame-ancestors 'none'; base-uri 'none'";
    headers["Referrer-Policy"] = "no-referrer";
    headers.XContentTypeOptions = "nosniff";
    // Pages show who is logged in, and one holds a token.
    headers.CacheControl = "no-store";
    await next();
});
app.UseStaticFiles();
app.UseAuthentication();

var antiforgery = app.Services.GetRequiredService<IAntiforgery>();
// A posted form counts only with the random value that our pages put into it. GET always passes.
app.Use(async (context, next) =>
{
    if (await antiforgery.IsRequestValidAsync(context))
    {
        await next();
        return;
    }
    const string sentence = "The form was too old, or came from another site. Nothing was done.";
    await Page(Pages.Problem(sentence), 403).ExecuteAsync(context);
});

Customer? CustomerOf(HttpContext context) =>
    customers.GetValueOrDefault(context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? "");

string Csrf(HttpContext context) => antiforgery.GetAndStoreTokens(context).RequestToken!;

IResult Page(string html, int status = 200) => Results.Content(html, "text/html; charset=utf-8", null, status);

app.MapGet("/", (HttpContext context, int? opened) =>
    Page(Pages.Home(Csrf(context), CustomerOf(context), opened)));

app.MapGet("/login", (HttpContext context, string? next) =>
    Page(Pages.Login(Csrf(context), customers.Values, LocalPath(next))));

app.MapPost("/login", async (HttpContext context) =>
{
    var form = await context.Request.ReadFormAsync();
    if (customers.TryGetValue(form["customer"].ToString(), out var found))
    {
        // The cookie holds the login itself, encrypted: it is a new one each time.
        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.NameIdentifier, found.Id), new Claim(ClaimTypes.Name, found.Name)],
            CookieAuthenticationDefaults.AuthenticationScheme);
        await context.SignInAsync(new ClaimsPrincipal(identity));
    }
    return Results.LocalRedirect(LocalPath(form["next"]));
});

app.MapPost("/logout", async (HttpContext context) =>
{
    await context.SignOutAsync();
    return Results.LocalRedirect("/");
});

// The help desk's "remote login URL". It adds redirect_url, where the customer wanted to be, and
// callback_api and tenant, which are not read: where tokens go is a setting, not a parameter.
app.MapGet("/support", (HttpContext context, [FromQuery(Name = "redirect_url")] string? redirectUrl) =>
{
    if (CustomerOf(context) is not { } customer)
    {
        return Results.Challenge();
    }
    // The token travels in a form that sends itself. In an address (303 to …?token=) it would work
    // too, but would also be in the browser's history and in every log on the way.
    return Page(Pages.Handover(portal.CallbackUrl, portal.SignInToken(customer, redirectUrl)));
});

app.MapGet("/ticket", (HttpContext context) =>
    CustomerOf(context) is null
        ? Results.Challenge()
        : Page(Pages.Ticket(Csrf(context), new TicketForm("", "", Guid.NewGuid()))));

app.MapPost("/ticket", async (HttpContext context, ILogger<Portal> log) =>
{
    if (CustomerOf(context) is not { } customer)
    {
        return Results.Challenge();
    }
    var fields = await context.Request.ReadFormAsync();
    var form = new TicketForm(
        fields["title"].ToString(),
        fields["description"].ToString(),
        Guid.TryParse(fields["form_id"].ToString(), out var made) ? made : Guid.NewGuid());
    try
    {
        var number = await portal.OpenTicketAsync(customer, form.Title, form.Description, form.FormId);
        return Results.LocalRedirect($"/?opened={number}");
    }
    catch (PortalRefusedException refused)
    {
        log.LogError("{Refusal}", refused.Message);
        return Page(Pages.Ticket(Csrf(context), form, refused), 502);
    }
});

// The help desk's "remote logout URL": the customer has left the help desk, but not this site.
app.MapGet("/signed-out", (HttpContext context) =>
    Page(Pages.SignedOut(Csrf(context), CustomerOf(context))));

app.MapFallback(() => Page(Pages.Problem("There is no page at this address."), 404));

app.Run();
return 0;

// A path of this site, or the home page. "//host" and "/\host" would lead elsewhere.
static string LocalPath(string? path) =>
    path is ['/', ..] && !path.StartsWith("//") && !path.Contains('\\') && !path.Any(char.IsControl)
        ? path
        : "/";
