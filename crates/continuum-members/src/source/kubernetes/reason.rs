//! Why Kubernetes gave no answer, in a sentence that holds no credentials.

use std::error::Error;

use kube::client::AuthError;
use kube::config::{InClusterError, KubeconfigError};
use kube::core::Status;

/// Letters of what somebody else says.
const MOST: usize = 200;

/// The kubeconfig cannot be used.
pub(super) fn file(error: &KubeconfigError) -> String {
    let why = match error {
        // The library shows the lines that it could not read, with the tokens in them.
        KubeconfigError::Parse(_) => "it is not the YAML of one".to_owned(),
        KubeconfigError::ReadConfig(error, path) => format!("{}: {}", path.display(), words(error)),
        other => words(other),
    };
    format!("its kubeconfig cannot be used: {why}")
}

/// Neither a kubeconfig nor a cluster around this can be used.
pub(super) fn neither(file_error: &KubeconfigError, around: &InClusterError) -> String {
    format!("{}; nor is this in a cluster: {around}", file(file_error))
}

pub(super) fn client(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => answer(status),
        kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => "half an answer".to_owned(),
        other => deepest(other),
    }
}

/// What the cluster says itself.
pub(super) fn answer(status: &Status) -> String {
    let why = if status.message.is_empty() { &status.reason } else { &status.message };
    let why: String = why.chars().take(MOST).flat_map(char::escape_debug).collect();
    format!("answers {}: {why}", status.code)
}

/// What is at the bottom of an error: the layers above only say who passed it on.
fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut deepest = error;
    loop {
        if let Some(auth) = deepest.downcast_ref::<AuthError>() {
            return credentials(auth);
        }
        match deepest.source() {
            Some(source) => deepest = source,
            None => return words(deepest),
        }
    }
}

/// The library shows the command and what it printed, which may be a token.
fn credentials(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecRun { out, .. } => {
            format!("the command for credentials ended with {}", out.status)
        }
        AuthError::AuthExecParse(_) => {
            "the command for credentials printed none that can be read".to_owned()
        }
        AuthError::AuthExecStart(error) => {
            format!("the command for credentials does not start: {}", words(error))
        }
        other => words(other),
    }
}

/// In the library's words, or the system's without their number.
fn words(error: &dyn Error) -> String {
    let text = error.to_string();
    let words = text.split_once(" (os error").map_or(&*text, |(words, _)| words);
    words.chars().take(MOST).flat_map(char::escape_debug).collect()
}
