//! Response: what a server will answer, in flight there until it has.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use continuum_upstream::Request;
use pin_project_lite::pin_project;
use tower::BoxError;

pin_project! {
    /// The answer of the server that a request was given, or why there was none.
    #[derive(Debug)]
    pub struct Response<F, R> {
        #[pin]
        state: State<F>,
        failed: fn(&R) -> bool,
    }
}

pin_project! {
    #[project = StateProject]
    #[derive(Debug)]
    enum State<F> {
        Called { #[pin] future: F, request: Option<Request> },
        Refused { error: Option<BoxError> },
    }
}

impl<F, R> Response<F, R> {
    pub(crate) fn called(future: F, request: Request, failed: fn(&R) -> bool) -> Self {
        Self { state: State::Called { future, request: Some(request) }, failed }
    }

    pub(crate) fn refused(error: BoxError, failed: fn(&R) -> bool) -> Self {
        Self { state: State::Refused { error: Some(error) }, failed }
    }
}

impl<F, R, E> Future for Response<F, R>
where
    F: Future<Output = Result<R, E>>,
    E: Into<BoxError>,
{
    type Output = Result<R, BoxError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match this.state.project() {
            StateProject::Refused { error } => {
                let error = error.take().unwrap_or_else(|| "polled after it was ready".into());
                Poll::Ready(Err(error))
            }
            StateProject::Called { future, request } => {
                let Poll::Ready(answer) = future.poll(context) else { return Poll::Pending };
                if let Some(request) = request.take() {
                    match &answer {
                        Ok(response) if !(this.failed)(response) => request.succeeded(),
                        _ => request.failed(),
                    }
                }
                Poll::Ready(answer.map_err(Into::into))
            }
        }
    }
}
