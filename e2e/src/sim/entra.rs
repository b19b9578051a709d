//! Entra ID: tokens for service principals, by secret or by federated assertion.

use std::{collections::HashMap, time::Duration};

use hyper::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    answer::Answer,
    errors,
    options::{Options, Principal},
    origin::Origin,
    request::Request,
};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What a token may be asked for besides the resource manager itself.
const OTHER_AUDIENCES: [&str; 2] = [
    "https://api.loganalytics.io",
    "https://api.loganalytics.azure.com",
];

/// The tokens given out, and whether the credentials still work.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    issued: HashMap<String, Token>,
    broken: bool,
}

#[derive(Debug)]
struct Token {
    client: Principal,
    audience: String,
    expires_at: Timestamp,
    revoked: bool,
}

impl Tokens {
    /// Every token given out so far, good or not.
    pub(super) fn all(&self) -> Vec<String> {
        self.issued.keys().cloned().collect()
    }

    /// Makes the tokens given out so far expired.
    pub(super) fn expire(&mut self) {
        for token in self.issued.values_mut() {
            token.expires_at = Timestamp::now();
        }
    }

    /// Makes secrets and assertions fail and the tokens given out so far invalid, or lets secrets work again.
    pub(super) fn set_broken(&mut self, broken: bool) {
        self.broken = broken;
        if broken {
            self.issued
                .values_mut()
                .for_each(|token| token.revoked = true);
        }
    }

    /// Whose token a request carries, good or not.
    pub(super) fn caller(&self, request: &Request) -> Option<String> {
        self.issued
            .get(bearer(request)?)
            .map(|token| token.client.id.clone())
    }

    /// Who asks the resource manager, or its refusal.
    pub(super) fn check(
        &self,
        request: &Request,
        origin: &Origin,
    ) -> Result<Principal, Box<Answer>> {
        let own = origin.as_sent();
        if request.header("authorization").is_none() {
            return Err(errors::token_missing(own).into());
        }
        let token = bearer(request).and_then(|token| self.issued.get(token));
        let Some(token) = token.filter(|token| !token.revoked) else {
            return Err(errors::token_invalid(own).into());
        };
        let now = Timestamp::now();
        if token.expires_at <= now {
            let [expiry, now] = [token.expires_at, now].map(|time| time.to_string());
            return Err(errors::token_expired(own, &expiry, &now).into());
        }
        if !origin.is(&token.audience) {
            return Err(errors::token_audience(own, &token.audience).into());
        }
        Ok(token.client.clone())
    }

    /// `POST /{tenant}/oauth2/v2.0/token`.
    fn issue(
        &mut self,
        request: &Request,
        tenant: &str,
        options: &Options,
        origin: &Origin,
    ) -> Answer {
        let form: HashMap<_, _> = form_urlencoded::parse(&request.body).into_owned().collect();
        let field = |name: &str| {
            form.get(name)
                .map(String::as_str)
                .filter(|value| !value.is_empty())
        };
        let id = field("client_id").unwrap_or_default();
        match field("grant_type") {
            None => {
                return refusal(
                    400,
                    "invalid_request",
                    900_144,
                    "The request body must contain the following parameter: 'grant_type'.",
                );
            }
            Some("client_credentials") => {}
            Some(other) => {
                let message = format!("The app requested an unsupported grant type '{other}'.");
                return refusal(400, "unsupported_grant_type", 70_003, &message);
            }
        }
        let Some(client) = options
            .principals
            .iter()
            .find(|client| client.id.eq_ignore_ascii_case(id))
        else {
            let message = format!(
                "Application with identifier '{id}' was not found in the directory '{tenant}'."
            );
            return refusal(400, "unauthorized_client", 700_016, &message);
        };
        if let Some(refusal) = self.refused(&field, client, options) {
            return refusal;
        }
        let Some(audience) = field("scope").and_then(|scope| scope.strip_suffix("/.default"))
        else {
            let message = "The provided value for the input parameter 'scope' is not valid.";
            return refusal(400, "invalid_scope", 70_011, message);
        };
        // Clients append `/.default` to a resource that may end in a slash itself.
        let audience = audience.trim_end_matches('/').to_owned();
        if !origin.is(&audience) && !OTHER_AUDIENCES.contains(&audience.as_str()) {
            let message = format!(
                "The resource principal named {audience} was not found in the tenant named {tenant}."
            );
            return refusal(400, "invalid_resource", 500_011, &message);
        }
        self.granted(client.clone(), audience, options.token_lifetime)
    }

    /// Why the credential is not taken, if it is not.
    fn refused<'a>(
        &self,
        field: &impl Fn(&str) -> Option<&'a str>,
        client: &Principal,
        options: &Options,
    ) -> Option<Answer> {
        if let Some(assertion) = field("client_assertion") {
            let own = client.assertion.as_ref();
            let known = own
                .or(options.assertion.as_ref())
                .is_none_or(|known| known == assertion);
            if self.broken || !known || field("client_assertion_type") != Some(ASSERTION_TYPE) {
                let message =
                    "No matching federated identity record found for presented assertion.";
                return Some(refusal(401, "invalid_client", 70_021, message));
            }
            return None;
        }
        let app = &client.id;
        if self.broken {
            let message = format!("The provided client secret keys for app '{app}' are expired.");
            return Some(refusal(401, "invalid_client", 7_000_222, &message));
        }
        match field("client_secret") {
            Some(secret) if secret == client.secret => None,
            Some(_) => {
                let message = format!(
                    "Invalid client secret provided. Ensure the secret being sent in the request \
                    is the client secret value, not the client secret ID, for a secret added \
                    to app '{app}'."
                );
                Some(refusal(401, "invalid_client", 7_000_215, &message))
            }
            None => {
                let message = "The request body must contain the following parameter: \
                    'client_assertion' or 'client_secret'.";
                Some(refusal(401, "invalid_client", 7_000_218, message))
            }
        }
    }

    fn granted(&mut self, client: Principal, audience: String, lifetime: Duration) -> Answer {
        let name = format!("simulated-token-{}", Uuid::new_v4().simple());
        let seconds = lifetime.as_secs();
        let expires_at = SignedDuration::try_from(lifetime)
            .ok()
            .and_then(|lifetime| Timestamp::now().checked_add(lifetime).ok())
            .unwrap_or(Timestamp::MAX);
        let token = Token {
            client,
            audience,
            expires_at,
            revoked: false,
        };
        self.issued.insert(name.clone(), token);
        let answer = Answer::json(
            200,
            &json!({
                "token_type": "Bearer",
                "expires_in": seconds,
                "ext_expires_in": seconds,
                "refresh_in": seconds / 2,
                "access_token": name,
            }),
        );
        answer.with("cache-control", "no-store, no-cache")
    }
}

/// Answers a request to Entra ID, whose only tenant is `own`; `None` if it is not one.
pub(super) fn answer(
    tokens: &mut Tokens,
    request: &Request,
    segments: &[String],
    own: &str,
    options: &Options,
    origin: &Origin,
) -> Option<Answer> {
    let (tenant, rest) = segments.split_first()?;
    let token = match rest.join("/").to_ascii_lowercase().as_str() {
        "v2.0/.well-known/openid-configuration" => false,
        "oauth2/v2.0/token" => true,
        _ => return None,
    };
    if !tenant.eq_ignore_ascii_case(own) {
        let message = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and \
            are signing into the correct cloud."
        );
        return Some(refusal(400, "invalid_request", 90_002, &message));
    }
    Some(match (token, &request.method) {
        (true, &Method::POST) => tokens.issue(request, own, options, origin),
        (false, &Method::GET) => configuration(origin.as_sent(), tenant),
        _ => errors::page(405),
    })
}

fn configuration(origin: &str, tenant: &str) -> Answer {
    Answer::json(
        200,
        &json!({
            "token_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "authorization_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/authorize"),
            "issuer": format!("{origin}/{tenant}/v2.0"),
            "jwks_uri": format!("{origin}/{tenant}/discovery/v2.0/keys"),
        }),
    )
}

/// An error of the token endpoint.
fn refusal(status: u16, error: &str, code: u32, message: &str) -> Answer {
    let now = Timestamp::now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let [trace, correlation] = [Uuid::new_v4(), Uuid::new_v4()];
    let description = format!(
        "AADSTS{code}: {message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"
    );
    let body = json!({
        "error": error,
        "error_description": description,
        "error_codes": [code],
        "timestamp": now,
        "trace_id": trace.to_string(),
        "correlation_id": correlation.to_string(),
    });
    Answer::json(status, &body)
}

/// The token service in trouble, in its own shape.
pub(super) fn unavailable(status: u16) -> Answer {
    match status {
        400..=403 => refusal(
            status,
            "invalid_client",
            7_000_215,
            "Invalid client secret provided.",
        ),
        _ => refusal(
            status,
            "temporarily_unavailable",
            90_033,
            "A transient error has occurred. Please try again.",
        ),
    }
}

fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
