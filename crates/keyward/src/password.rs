//! Passwords on their way in: from the environment, from a file, from standard input; never from an argument.

use std::io::Read;
use std::path::Path;

use keyward_security::secret::Secret;
use zeroize::Zeroizing;

/// The longest first line that is read as a password.
const LONGEST: u64 = 4096;

/// The password of `elastic` for an empty store.
pub(crate) fn from_environment() -> Result<Option<Secret>, String> {
    match std::env::var("ELASTIC_PASSWORD") {
        Ok(password) if password.is_empty() => Ok(None),
        Ok(password) => Ok(Some(Secret::new(password))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err("ELASTIC_PASSWORD is not UTF-8".to_owned()),
    }
}

/// The first line of a file, or of standard input for `-`.
pub(crate) fn from_file(path: &Path) -> Result<Secret, String> {
    let cannot = |error: std::io::Error| format!("cannot read the password from {}: {error}", path.display());
    let mut text = Zeroizing::new(String::new());
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(LONGEST).read_to_string(&mut text).map_err(cannot)?;
    } else {
        std::fs::File::open(path).map_err(cannot)?.take(LONGEST).read_to_string(&mut text).map_err(cannot)?;
    }
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line)),
        _ => Err(format!("the first line of {} is empty: it must be the new password", path.display())),
    }
}
