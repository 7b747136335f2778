//! The command line: what people can ask of the program. What it does is elsewhere.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// API keys of Elasticsearch's kind for search: limited, visible, and dead the moment you take them back.
#[derive(Debug, Parser)]
#[command(name = "keyward", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Start with `keyward serve`. Every setting of the file also works as KEYWARD_… in the environment \
                        and as -E name=value; `keyward check-config` shows them all with where they come from."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server and run until SIGINT or SIGTERM
    ///
    /// On the first start the user `elastic` gets the password in ELASTIC_PASSWORD, or a random one that is printed
    /// once to the terminal. SIGHUP reads the TLS certificate again.
    Serve(SettingsArgs),
    /// Give the user `elastic` a new password, with the server stopped
    ///
    /// Works on the data folder itself, which the server must not have open. Without an option a random password is
    /// made and printed.
    ResetPassword(ResetPassword),
    /// Read all settings, report every problem, and print what is in force
    ///
    /// Exit code 0 when the server would accept the settings, 78 when not.
    CheckConfig(CheckConfig),
    /// Print a completion script for a shell
    ///
    /// For bash: `keyward completions bash > /etc/bash_completion.d/keyward`
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Where settings come from on the command line.
#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    /// Configuration file, TOML
    #[arg(long, value_name = "FILE", env = "KEYWARD_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of keys, users, roles and documents [default: ./keyward-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Address of the Elasticsearch API [default: 127.0.0.1:9200]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) http_listen: Option<String>,
    /// Address of a listener for health and metrics without credentials [default: none]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) admin_listen: Option<String>,
    /// Certificate chain, PEM; switches TLS on
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Allow plain HTTP on an address that other machines can reach
    #[arg(long)]
    pub(crate) insecure_http: bool,
    /// Form of log lines: human or json [default: human]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,
    /// Least level that is logged, or a filter [default: info]
    #[arg(long, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,
    /// Any setting by its name, as in the file; may be repeated
    #[arg(short = 'E', value_name = "NAME=VALUE")]
    pub(crate) setting: Vec<String>,
}

/// What is printed of the settings.
#[derive(Debug, Args)]
pub(crate) struct CheckConfig {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Say also what each setting is for, and its name in the environment
    #[arg(long)]
    pub(crate) explain: bool,
}

/// How the new password is made.
#[derive(Debug, Args)]
pub(crate) struct ResetPassword {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Read the new password from this file (its first line); `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}
