//! `keyward reset-password`: a new password for `elastic`, on the data folder of a server that is stopped.

use std::process::ExitCode;
use std::sync::Arc;

use keyward_node::Entropy;
use keyward_security::reserved::ELASTIC;
use keyward_store::{FileStore, FileStoreOptions, Store};

use crate::cli::ResetPassword;
use crate::load::load;
use crate::print::print_all;
use crate::serve::security_dir;
use crate::{exit, password};

/// Runs the command.
pub(crate) fn run(arguments: &ResetPassword) -> ExitCode {
    let settings = match load(&arguments.settings) {
        Ok(resolved) => resolved.settings,
        Err(problems) => {
            eprint!("keyward: the settings cannot be used:\n{problems}");
            return exit::config();
        }
    };
    match reset(arguments, &settings) {
        Ok(()) => exit::OK,
        Err(error) => {
            eprintln!("keyward: {error}");
            exit::failure()
        }
    }
}

fn reset(arguments: &ResetPassword, settings: &crate::settings::Settings) -> Result<(), String> {
    let directory = security_dir(settings);
    if !directory.is_dir() {
        return Err(format!(
            "there is no data in {}: name the folder of the server with --data-dir; a new server takes its first password \
             from ELASTIC_PASSWORD",
            settings.data_dir.display()
        ));
    }
    let chosen = arguments.password_file.as_deref().map(password::from_file).transpose()?;
    let shown = chosen.is_none();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(async {
        let store = FileStore::open(&directory, FileStoreOptions::default()).map_err(|error| error.to_string())?;
        let store = Arc::new(store);
        let as_store: &dyn Store = &*store;
        let made =
            keyward_node::reset_password(as_store, ELASTIC, chosen, settings.password_algorithm, &Entropy::system())
                .await;
        store.close().await;
        let password = made.map_err(|error| error.to_string())?;
        let mut text = format!("The password of [{ELASTIC}] is new. Keys and other users are as they were.\n");
        if shown {
            text.push_str(&format!("password  {}\n", password.expose()));
        }
        print_all(&text);
        Ok(())
    })
}
