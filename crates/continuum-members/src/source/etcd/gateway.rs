//! The JSON gateway: requests, and who makes them.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::access::{Access, Secret};

/// Bytes of an answer.
const MOST: u64 = 16 << 20;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a stream lasts, so that a watch is begun anew after it: so long may the
/// watch's thread outlive who waits for it.
const LASTS: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The status of HTTP, where etcd itself refused.
    status: Option<u16>,
    why: String,
}

impl Refusal {
    fn of(why: impl Into<String>) -> Self {
        Self { status: None, why: why.into() }
    }

    /// Whether this user may not read what was asked for.
    pub(super) fn is_denied(&self) -> bool {
        self.status == Some(403)
    }

    /// Whether the token is of the past: it has timed out, or users have changed.
    fn is_stale(&self) -> bool {
        self.status == Some(401) || self.why.contains("auth store is old")
    }

    fn says(&self, words: &str) -> bool {
        self.status.is_some() && self.why.contains(words)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// What stands for a user and a password, once etcd has seen them.
#[derive(Default)]
enum Token {
    #[default]
    Unasked,
    /// This etcd asks nobody who he is.
    Needless,
    Given(Box<str>),
}

/// Where etcd is, and who asks.
pub(super) struct Gateway {
    base: String,
    agent: Agent,
    /// For what does not end by itself.
    streams: Agent,
    user: Option<(Secret, Secret)>,
    token: Mutex<Token>,
}

impl Gateway {
    /// Over TLS where there is an access.
    pub(super) fn new(
        base: String,
        tls: Option<&Access>,
        user: Option<(Secret, Secret)>,
    ) -> Result<Self, String> {
        // A redirection would take a password elsewhere.
        let answers = Agent::config_builder().max_redirects(0).timeout_global(Some(PATIENCE));
        let streams = Agent::config_builder()
            .max_redirects(0)
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(LASTS))
            .timeout_recv_body(Some(LASTS));
        let both = [answers, streams].map(|builder| builder.http_status_as_error(false));
        let [agent, streams] = secured(both, tls)?;
        Ok(Self { base, agent, streams, user, token: Mutex::default() })
    }

    #[cfg(test)]
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// The answer, read whole.
    pub(super) fn ask(&self, path: &str, body: &Value) -> Result<Value, Refusal> {
        let body = body.to_string();
        match self.ask_once(path, &body) {
            Err(refusal) if refusal.is_stale() && self.user.is_some() => {
                *self.lock() = Token::Unasked;
                self.ask_once(path, &body)
            }
            // Releases differ in what they tell somebody who does not say who he is.
            Err(refusal)
                if self.user.is_none()
                    && (refusal.is_denied() || refusal.says("user name is empty")) =>
            {
                Err(Refusal::of("wants a user and a password, and none was given"))
            }
            answer => answer,
        }
    }

    fn ask_once(&self, path: &str, body: &str) -> Result<Value, Refusal> {
        read(self.post(&self.agent, path, body)?)
    }

    /// What comes as long as it comes; none where it is refused.
    pub(super) fn stream(&self, path: &str, body: &str) -> Result<Body, Refusal> {
        let response = self.post(&self.streams, path, body)?;
        if response.status().is_success() {
            return Ok(response.into_body());
        }
        Err(read(response).err().unwrap_or_else(|| Refusal::of("half an answer")))
    }

    fn post(&self, agent: &Agent, path: &str, body: &str) -> Result<Response<Body>, Refusal> {
        let token = self.token()?;
        let mut request =
            agent.post(format!("{}{path}", self.base)).header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", &*token);
        }
        request.send(body).map_err(|error| Refusal::of(reason(&error)))
    }

    /// What is shown with each request.
    fn token(&self) -> Result<Option<Box<str>>, Refusal> {
        let Some((user, password)) = &self.user else { return Ok(None) };
        // Held while it is asked for: whoever comes meanwhile waits for the same one.
        let mut token = self.lock();
        if matches!(*token, Token::Unasked) {
            let names = json!({ "name": user.reveal(), "password": password.reveal() });
            let sent = self
                .agent
                .post(format!("{}/v3/auth/authenticate", self.base))
                .header("content-type", "application/json")
                .send(names.to_string());
            let answer = sent.map_err(|error| Refusal::of(reason(&error))).and_then(read);
            *token = match answer {
                Ok(answer) => {
                    let given = answer["token"].as_str().ok_or(Refusal::of("half an answer"))?;
                    Token::Given(given.into())
                }
                Err(refusal) if refusal.says("authentication is not enabled") => Token::Needless,
                Err(refusal) if refusal.says("authentication failed") => {
                    return Err(Refusal::of("refuses the user or the password"));
                }
                Err(refusal) => return Err(refusal),
            };
        }
        Ok(match &*token {
            Token::Given(token) => Some(token.clone()),
            _ => None,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Token> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("base", &self.base).finish_non_exhaustive()
    }
}

fn read(mut response: Response<Body>) -> Result<Value, Refusal> {
    let body = response.body_mut().with_config().limit(MOST).read_to_string();
    let body = body.map_err(|error| Refusal::of(reason(&error)))?;
    let answer = serde_json::from_str::<Value>(&body);
    let status = response.status();
    if status.is_success() {
        return answer.map_err(|_| Refusal::of("half an answer"));
    }
    let told = answer.as_ref().ok().and_then(|answer| answer["error"].as_str());
    // What the gateway refuses by itself comes as text.
    let told = told.unwrap_or(body.trim());
    let why: String = told.chars().take(200).flat_map(char::escape_debug).collect();
    let why = if why.is_empty() { "no reason" } else { &why };
    let why = format!("answers {status}: {why}");
    Err(Refusal { status: Some(status.as_u16()), why })
}

type Builder = ureq::config::ConfigBuilder<ureq::typestate::AgentScope>;

/// Agents, over TLS where there is an access: its certificates are read once.
#[cfg(feature = "tls")]
fn secured(builders: [Builder; 2], tls: Option<&Access>) -> Result<[Agent; 2], String> {
    use std::sync::Arc;

    use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

    use crate::source::tls;

    let Some(access) = tls else { return Ok(builders.map(|builder| builder.build().into())) };
    let der = |certificate: &rustls::pki_types::CertificateDer<'static>| {
        Certificate::from_der(certificate).to_owned()
    };
    // Says in our words what cannot be used.
    tls::config(access)?;
    let roots: Vec<_> = tls::authorities(access)?.iter().map(der).collect();
    let identity = match (tls::identity(access)?, &access.identity) {
        (Some((chain, _)), Some((_, key))) => {
            let chain: Vec<_> = chain.iter().map(der).collect();
            let key = PrivateKey::from_pem(key).map_err(|error| error.to_string())?;
            Some(ClientCert::new_with_certs(&chain, key))
        }
        _ => None,
    };
    let config = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .client_cert(identity)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    Ok(builders.map(|builder| builder.tls_config(config.clone()).build().into()))
}

#[cfg(not(feature = "tls"))]
fn secured(builders: [Builder; 2], tls: Option<&Access>) -> Result<[Agent; 2], String> {
    match tls {
        None => Ok(builders.map(|builder| builder.build().into())),
        Some(_) => Err("this was built without the feature 'tls'".to_owned()),
    }
}

fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "no address for this name".to_owned(),
        ureq::Error::Io(error) => {
            #[cfg(feature = "tls")]
            if let Some(words) = crate::source::tls::words(error) {
                return words;
            }
            let text = error.to_string();
            text.split_once(" (os error").map_or(&*text, |(words, _)| words).to_owned()
        }
        // Of a connection that ended too early, in the library's words.
        ureq::Error::BodyExceedsLimit(_) => "an answer of more than 16 MiB".to_owned(),
        other => other.to_string(),
    }
}
