//! HTTPS: one certificate that can be replaced while connections run.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::TlsPem;

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The chain holds nothing readable.
    #[error("the certificate chain cannot be read: {0}")]
    Certificates(String),
    /// The key is not readable.
    #[error("the private key cannot be read: {0}")]
    Key(String),
    /// They do not belong together, or the key's kind is not supported.
    #[error("the certificate and its key cannot be used: {0}")]
    Pair(#[from] rustls::Error),
}

/// The certificate in use.
#[derive(Debug)]
pub(crate) struct Tls {
    current: ArcSwap<CertifiedKey>,
}

impl ResolvesServerCert for Tls {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl Tls {
    pub(crate) fn new(pem: &TlsPem) -> Result<Arc<Self>, TlsError> {
        Ok(Arc::new(Self { current: ArcSwap::from_pointee(read(pem)?) }))
    }

    /// Uses another certificate from the next connection on. A bad one changes nothing.
    pub(crate) fn replace(&self, pem: &TlsPem) -> Result<(), TlsError> {
        self.current.store(Arc::new(read(pem)?));
        Ok(())
    }

    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn read(pem: &TlsPem) -> Result<CertifiedKey, TlsError> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem.certificates)
        .collect::<Result<_, _>>()
        .map_err(|error| TlsError::Certificates(error.to_string()))?;
    if chain.is_empty() {
        return Err(TlsError::Certificates("it holds no certificate".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(&pem.key).map_err(|error| TlsError::Key(error.to_string()))?;
    let certified = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())?;
    certified.keys_match()?;
    Ok(certified)
}
