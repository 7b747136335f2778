//! `keyward serve`: puts store, node, engine and listeners together, and takes them apart in order.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use keyward_node::{ApiKeyConfig, Bootstrap, Clock, Entropy, HasherConfig, Node, NodeConfig};
use keyward_server::{Limits, Server, ServerConfig, TlsPem, TlsReload};
use keyward_store::{FileStore, FileStoreOptions, Store};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::cli::SettingsArgs;
use crate::load::load;
use crate::print::print_all;
use crate::settings::{Settings, TlsFiles};
use crate::{exit, identity, logging, password, services};

/// Where the security state lies.
pub(crate) fn security_dir(settings: &Settings) -> PathBuf {
    settings.data_dir.join("security")
}

/// Where the embedded engine keeps indices and documents.
pub(crate) fn engine_dir(settings: &Settings) -> PathBuf {
    settings.data_dir.join("engine")
}

/// Runs the command until the server stops.
pub(crate) fn run(arguments: &SettingsArgs) -> ExitCode {
    let resolved = match load(arguments) {
        Ok(resolved) => resolved,
        Err(problems) => {
            eprint!("keyward: the settings cannot be used:\n{problems}");
            return exit::config();
        }
    };
    if let Err(error) = logging::start(&resolved.settings) {
        eprintln!("keyward: {error}");
        return exit::config();
    }
    for warning in &resolved.warnings {
        tracing::warn!("{warning}");
    }
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the runtime: {error}"))
        .and_then(|runtime| runtime.block_on(serve(&resolved.settings)));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("keyward: {error}");
            exit::failure()
        }
    }
}

async fn serve(settings: &Settings) -> Result<ExitCode, String> {
    let tls = settings.tls.as_ref().map(read_tls).transpose()?;
    let bootstrap_password = password::from_environment()?;
    create_private(&settings.data_dir)?;
    let store_dir = security_dir(settings);
    let opened = tokio::task::spawn_blocking(move || FileStore::open(store_dir, FileStoreOptions::default()));
    let store = Arc::new(opened.await.map_err(|_| "the start was interrupted")?.map_err(|error| error.to_string())?);
    let clock = Clock::system();
    let node = Node::start(
        Arc::clone(&store) as Arc<dyn Store>,
        node_config(settings, bootstrap_password),
        clock,
        Entropy::system(),
    )
    .await
    .map_err(|error| format!("{error} (ELASTIC_PASSWORD or the data in {})", settings.data_dir.display()))?;
    let identity = identity::of(&node, &settings.data_dir).await?;
    let services = services::assemble(settings, Arc::clone(&node), identity).await?;
    let server = Server::bind(server_config(settings, tls), services).await.map_err(|error| error.to_string())?;
    let stop = CancellationToken::new();
    let signals = Signals::new()?;
    announce(settings, &server, node.take_bootstrap());
    let reload = server.tls_reload();
    let listening = tokio::spawn(signals.follow(stop.clone(), settings.tls.clone(), reload));
    let drained = server.serve(stop).await;
    listening.abort();
    drop(node);
    store.close().await;
    tracing::info!(drained, "stopped");
    Ok(exit::OK)
}

fn node_config(settings: &Settings, bootstrap_password: Option<keyward_security::secret::Secret>) -> NodeConfig {
    NodeConfig {
        hasher: HasherConfig {
            algorithm: settings.password_algorithm,
            threads: settings.hasher_threads,
            queue: settings.hasher_queue,
            ..HasherConfig::default()
        },
        api_keys: ApiKeyConfig {
            enabled: settings.api_keys_enabled,
            algorithm: settings.api_key_algorithm,
            ..ApiKeyConfig::default()
        },
        reserved_realm: settings.reserved_realm_enabled,
        run_as: settings.run_as_enabled,
        bootstrap_password,
        ..NodeConfig::default()
    }
}

fn server_config(settings: &Settings, tls: Option<TlsPem>) -> ServerConfig {
    ServerConfig {
        listen: settings.http_listen,
        admin: settings.admin_listen,
        tls,
        limits: Limits {
            request_line: settings.max_initial_line_length,
            headers: settings.max_header_size,
            body: settings.max_content_length,
            connections: settings.max_connections,
            header_timeout: settings.header_read_timeout,
            idle_timeout: settings.idle_timeout,
            ..Limits::default()
        },
        compression: Some(settings.compression),
        detailed_errors: settings.detailed_errors,
        drain_timeout: settings.shutdown_timeout,
    }
}

fn read_tls(files: &TlsFiles) -> Result<TlsPem, String> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()));
    Ok(TlsPem { certificates: read(&files.certificate)?, key: read(&files.key)? })
}

/// Makes the data folder, for its owner alone.
fn create_private(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| format!("cannot make the data folder {}: {error}", path.display()))
}

/// Says on standard output where everything is. The password goes there alone and never to the log.
fn announce(settings: &Settings, server: &Server, bootstrap: Option<Bootstrap>) {
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let data = std::fs::canonicalize(&settings.data_dir).unwrap_or_else(|_| settings.data_dir.clone());
    let mut text = format!("Keyward {}\n", env!("CARGO_PKG_VERSION"));
    text.push_str(&format!("  API       {scheme}://{}\n", server.address()));
    if let Some(admin) = server.admin_address() {
        text.push_str(&format!("  admin     http://{admin}\n"));
    }
    text.push_str(&format!("  data      {}\n", data.display()));
    match bootstrap {
        Some(Bootstrap::Generated(password)) => {
            text.push_str("  user      elastic\n");
            text.push_str(&format!(
                "  password  {}\n            (shown only now; keyward reset-password makes a new one)\n",
                password.expose()
            ));
        }
        Some(Bootstrap::Given) => text.push_str("  user      elastic, with the password in ELASTIC_PASSWORD\n"),
        Some(Bootstrap::Ignored) => tracing::warn!(
            "ELASTIC_PASSWORD is ignored: it counts on the first start only; change the password through the API or with \
             keyward reset-password"
        ),
        Some(Bootstrap::NotNeeded) | None => {}
    }
    text.push_str("ready\n");
    print_all(&text);
    tracing::info!(address = %server.address(), data = %data.display(), "ready");
}

/// The signals that the server follows.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self, String> {
        let open = |kind| signal(kind).map_err(|error| format!("cannot listen for signals: {error}"));
        Ok(Self {
            interrupt: open(SignalKind::interrupt())?,
            terminate: open(SignalKind::terminate())?,
            hang_up: open(SignalKind::hangup())?,
        })
    }

    /// The first SIGINT or SIGTERM stops the server in order, the second ends it. SIGHUP reads the certificate again.
    async fn follow(mut self, stop: CancellationToken, files: Option<TlsFiles>, reload: TlsReload) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
                _ = self.hang_up.recv() => {
                    read_again(files.as_ref(), &reload);
                    continue;
                }
            }
            if stop.is_cancelled() {
                tracing::warn!("ended by a second signal");
                std::process::exit(1);
            }
            tracing::info!("stopping: running requests may finish");
            stop.cancel();
        }
    }
}

fn read_again(files: Option<&TlsFiles>, reload: &TlsReload) {
    let Some(files) = files else {
        tracing::info!("SIGHUP: nothing to read again without TLS");
        return;
    };
    match read_tls(files).and_then(|pem| reload.replace(&pem).map_err(|error| error.to_string())) {
        Ok(()) => tracing::info!(certificate = %files.certificate.display(), "SIGHUP: the certificate was read again"),
        Err(error) => tracing::error!(%error, "SIGHUP: the certificate stays as it was"),
    }
}
