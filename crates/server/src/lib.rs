//! Listeners and the pipeline of a request.
