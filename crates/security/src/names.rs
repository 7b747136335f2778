//! What users, roles and keys may be called.

use std::sync::Arc;

/// The name of a role.
pub type RoleName = Arc<str>;

/// Longest name of a native user or role: stored names carry a prefix and have a cap of 512 bytes.
pub const MAX_NATIVE_NAME: usize = 507;

const NAME_RULE: &str = "names must be at least 1 and no more than 507 characters. They can contain alphanumeric characters (a-z, A-Z, 0-9), spaces, punctuation, and printable symbols in the Basic Latin (ASCII) block. Leading or trailing whitespace is not allowed.";

/// The rule that a user's name breaks, as text; `None` when the name is fine.
pub fn check_user_name(name: &str) -> Option<String> {
    (!is_native_name(name)).then(|| format!("User {NAME_RULE}"))
}

/// The rule that a role's name breaks, as text; `None` when the name is fine. Whether it is reserved is another matter.
pub fn check_role_name(name: &str) -> Option<String> {
    (!is_native_name(name)).then(|| format!("Role {NAME_RULE}"))
}

fn is_native_name(name: &str) -> bool {
    (1..=MAX_NATIVE_NAME).contains(&name.len())
        && name.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
        && !name.starts_with(' ')
        && !name.ends_with(' ')
}

/// The first rule that a key's name breaks, as text; `None` when the name is fine. Any Unicode is.
pub fn check_api_key_name(name: &str) -> Option<&'static str> {
    let blank = |character: char| character <= ' ';
    if name.is_empty() {
        Some("api key name is required")
    } else if name.encode_utf16().count() > 256 {
        Some("api key name may not be more than 256 characters long")
    } else if name.starts_with(blank) || name.ends_with(blank) {
        Some("api key name may not begin or end with whitespace")
    } else if name.starts_with('_') {
        Some("api key name may not begin with an underscore")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{check_api_key_name, check_role_name, check_user_name};

    #[test]
    fn native_names() {
        for fine in ["a", "a b", "~!@#$%^&*()", &"n".repeat(507)] {
            assert_eq!(check_user_name(fine), None, "{fine}");
            assert_eq!(check_role_name(fine), None, "{fine}");
        }
        for bad in ["", " a", "a ", "ä", "a\tb", "a\u{7f}", &"n".repeat(508)] {
            assert!(
                check_user_name(bad).is_some_and(|text| text.starts_with("User names must be at least 1")),
                "{bad}"
            );
            assert!(
                check_role_name(bad).is_some_and(|text| text.starts_with("Role names must be at least 1")),
                "{bad}"
            );
        }
    }

    #[test]
    fn key_names() {
        for fine in ["k", "ключ 🔑", &"n".repeat(256), &"🔑".repeat(128)] {
            assert_eq!(check_api_key_name(fine), None, "{fine}");
        }
        assert_eq!(check_api_key_name(""), Some("api key name is required"));
        for long in [&"n".repeat(257), &"🔑".repeat(129)] {
            assert_eq!(check_api_key_name(long), Some("api key name may not be more than 256 characters long"));
        }
        for blank in [" k", "k ", "\tk", "k\n", "\u{1}k"] {
            assert_eq!(check_api_key_name(blank), Some("api key name may not begin or end with whitespace"));
        }
        assert_eq!(check_api_key_name("_k"), Some("api key name may not begin with an underscore"));
    }
}
