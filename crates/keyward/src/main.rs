//! The program `keyward`: it reads flags, files, environment and signals, and puts the parts together.
//! It holds no logic of its own.

mod check_config;
mod cli;
mod exit;
mod identity;
mod load;
mod logging;
mod password;
mod print;
mod reset_password;
mod serve;
mod services;
mod settings;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::{Cli, Command};

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::CheckConfig(arguments) => check_config::run(&arguments),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "keyward", &mut script);
            print::print_all(&String::from_utf8_lossy(&script));
            exit::OK
        }
        Command::Serve(arguments) => serve::run(&arguments),
        Command::ResetPassword(arguments) => reset_password::run(&arguments),
    }
}
