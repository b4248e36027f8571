// Signs customers in to the help desk and opens tickets for them.
// Copy this file into a site of your own: SignInToken and OpenTicketAsync are all it takes.
// .NET 8 or newer, no packages.

using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

namespace Site;

/// <summary>Somebody with an account at this site, whose e-mail address was verified.</summary>
public sealed record Customer(string Id, string Email, string Name);

/// <summary>The help desk as this site knows it.</summary>
public sealed class Portal
{
    // The browser brings the token over at once: two minutes forgive a clock that is a little off.
    private const int TokenSeconds = 120;

    private static readonly string[] Names =
    [
        "PORTAL_URL",
        "PORTAL_CALLBACK_URL",
        "PORTAL_TENANT",
        "PORTAL_SIGNING_KEY",
        "PORTAL_API_KEY",
        "PORTAL_API_SECRET",
    ];

    // The secret goes to the configured address and no other.
    private static readonly HttpClient Client = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = TimeSpan.FromSeconds(30),
    };

    private readonly string _url;
    private readonly string _tenant;
    private readonly string? _keyId;
    private readonly byte[] _signingKey;
    private readonly string _apiKey;
    private readonly string _apiSecret;

    /// <exception cref="InvalidOperationException">with a sentence that names what is missing</exception>
    public Portal(IConfiguration settings)
    {
        var missing = Names.Where(name => string.IsNullOrWhiteSpace(settings[name])).ToList();
        if (missing.Count > 0)
        {
            throw new InvalidOperationException(
                $"Not set in the environment: {string.Join(", ", missing)}. See .env.example.");
        }
        CallbackUrl = settings["PORTAL_CALLBACK_URL"]!;
        // Whoever reads a token on its way can use it first.
        if (!Regex.IsMatch(CallbackUrl, @"^https://|^http://(localhost|127\.0\.0\.1)[:/]"))
        {
            throw new InvalidOperationException(
                "PORTAL_CALLBACK_URL must begin with https:// (except on localhost).");
        }
        _url = settings["PORTAL_URL"]!.TrimEnd('/');
        _tenant = settings["PORTAL_TENANT"]!;
        _keyId = string.IsNullOrEmpty(settings["PORTAL_KEY_ID"]) ? null : settings["PORTAL_KEY_ID"];
        _signingKey = Encoding.UTF8.GetBytes(settings["PORTAL_SIGNING_KEY"]!);
        _apiKey = settings["PORTAL_API_KEY"]!;
        _apiSecret = settings["PORTAL_API_SECRET"]!;
    }

    public string CallbackUrl { get; }

    /// <summary>
    /// A JSON Web Token (RFC 7519) that signs this customer in, once, within two minutes.
    ///
    /// Make it at the click, and only for an e-mail address that you have verified: the help desk
    /// believes you. <paramref name="redirectUrl"/> may come from a request as it is. The help desk
    /// opens only its own pages and those its settings list, and the signature keeps it from being
    /// changed on the way.
    /// </summary>
    public string SignInToken(Customer customer, string? redirectUrl = null)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var header = new Dictionary<string, object> { ["alg"] = "HS256", ["typ"] = "JWT" };
        if (_keyId is not null)
        {
            header["kid"] = _keyId;
        }
        var claims = new Dictionary<string, object>
        {
            ["email"] = customer.Email,
            ["name"] = customer.Name,
            ["external_user_id"] = customer.Id,
            ["tenant"] = _tenant,
            ["iat"] = now,
            ["exp"] = now + TokenSeconds,
            // Never the same twice: it makes the token work once.
            ["jti"] = Convert.ToHexString(RandomNumberGenerator.GetBytes(16)),
        };
        if (!string.IsNullOrEmpty(redirectUrl))
        {
            claims["redirect_url"] = redirectUrl;
        }
        var signed = $"{Part(header)}.{Part(claims)}";
        var signature = HMACSHA256.HashData(_signingKey, Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{WebEncoders.Base64UrlEncode(signature)}";
    }

    /// <summary>
    /// Opens a ticket in the customer's name and gives its number.
    ///
    /// <paramref name="idempotencyKey"/> is one for each form that was shown: a form sent twice
    /// opens one ticket.
    /// </summary>
    /// <exception cref="PortalRefusedException">when the help desk says no, or nothing</exception>
    public async Task<int> OpenTicketAsync(
        Customer customer, string title, string description, Guid idempotencyKey)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_url}/api/v2/tickets");
        request.Headers.Add("X-API-Key", _apiKey);
        request.Headers.Add("X-API-Secret", _apiSecret);
        request.Headers.Add("Idempotency-Key", idempotencyKey.ToString());
        request.Content = JsonContent.Create(new
        {
            email = customer.Email,
            name = customer.Name,
            external_user_id = customer.Id,
            title,
            description,
        });
        var status = default(HttpStatusCode);
        try
        {
            using var response = await Client.SendAsync(request);
            status = response.StatusCode;
            using var answer = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
            if (status == HttpStatusCode.Created)
            {
                return answer.RootElement.GetProperty("data").GetProperty("ticket").GetProperty("id").GetInt32();
            }
            var error = answer.RootElement.GetProperty("error");
            throw new PortalRefusedException(
                status, error.GetProperty("code").GetString(), error.GetProperty("request_id").GetString());
        }
        catch (Exception broken) when (broken
            is HttpRequestException or TaskCanceledException or JsonException
            or KeyNotFoundException or InvalidOperationException)
        {
            throw new PortalRefusedException(status, broken.Message, null);
        }
    }

    private static string Part(Dictionary<string, object> content) =>
        WebEncoders.Base64UrlEncode(JsonSerializer.SerializeToUtf8Bytes(content));
}

/// <summary>The help desk took no ticket. Reference is for the customer, the message for your log.</summary>
public sealed class PortalRefusedException(HttpStatusCode status, string? reason, string? reference)
    : Exception($"The help desk answered {(int)status} {reason} {reference}")
{
    public string? Reference { get; } = reference;
}
