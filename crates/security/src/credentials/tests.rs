use super::{ApiKeyCredential, Credentials};
use crate::api_key::ApiKeyId;
use crate::secret::Secret;

fn read(header: &str) -> String {
    match Credentials::parse(Some(header.as_bytes())) {
        Ok(Credentials::None) => "none".to_owned(),
        Ok(Credentials::Basic { username, password }) => format!("basic {username} {}", password.expose()),
        Ok(Credentials::ApiKey(key)) => format!("key {} {}", key.id, key.secret.expose()),
        Ok(Credentials::Bearer(token)) => format!("bearer {}", token.expose()),
        Ok(Credentials::Unknown { scheme }) => format!("unknown {scheme}"),
        Err(error) => format!("error {error}"),
    }
}

#[test]
fn no_header_is_no_credential() {
    assert!(matches!(Credentials::parse(None), Ok(Credentials::None)));
}

#[test]
fn api_keys() {
    let encoded = "a1c3eFQ1Z0JxM0xtWnAwYVVkOVk6UW0zdi04elJUeUtmMXNYY04wYkx3QQ==";
    let expected = "key kW7xT5gBq3LmZp0aUd9Y Qm3v-8zRTyKf1sXcN0bLwA";
    for scheme in ["ApiKey", "apikey", "APIKEY"] {
        assert_eq!(read(&format!("{scheme} {encoded}")), expected);
        assert_eq!(read(&format!("{scheme} {}", encoded.trim_end_matches('='))), expected);
    }
    for (header, expected) in [
        ("ApiKey", "none"),
        ("ApiKey ", "none"),
        ("ApiKey  a", "error Illegal base64 character 20"),
        ("ApiKey abc-def", "error Illegal base64 character 2d"),
        ("ApiKey id:secret", "error Illegal base64 character 3a"),
        ("ApiKey a", "error Input byte[] should at least have 2 bytes for base64 bytes"),
        ("ApiKey aaaaa", "error Last unit does not have enough valid bits"),
        ("ApiKey aa=", "error Input byte array has wrong 4-byte ending unit"),
        ("ApiKey aaaaa=", "error Last unit does not have enough valid bits"),
        ("ApiKey =aaa", "error Input byte array has wrong 4-byte ending unit"),
        ("ApiKey aaa=a", "error Input byte array has incorrect ending byte at 4"),
        ("ApiKey OnNlY3JldA==", "error invalid ApiKey value"), // :secret
        ("ApiKey bm9jb2xvbg==", "error invalid ApiKey value"), // nocolon
        ("ApiKey aWQ6", "key id "),                            // id:
        ("ApiKey aWQ6YTpi", "key id a:b"),                     // id:a:b
        ("ApiKeyx aWQ6YTpi", "unknown ApiKeyx"),
        ("ApiKey\taWQ6YTpi", "unknown ApiKey\taWQ6YTpi"),
    ] {
        assert_eq!(read(header), expected, "{header}");
    }
    let latin1 = Credentials::parse(Some(b"ApiKey aa\xe9a")).unwrap_err();
    assert_eq!(latin1.to_string(), "Illegal base64 character -3d");
}

#[test]
fn basic() {
    for (header, expected) in [
        ("Basic YWRhOnNlY3JldA==", "basic ada secret"),
        ("bAsIc   YWRhOnNlY3JldA== ", "basic ada secret"),
        ("Basic YWRhOmE6Yg==", "basic ada a:b"),
        ("Basic YWRhOg==", "basic ada "),
        ("Basic OnB3", "basic  pw"),
        ("Basic YWRhOsO8", "basic ada ü"),
        ("Basic ", "error invalid basic authentication header value"),
        ("Basic YWRh", "error invalid basic authentication header value"),
        ("Basic !!!!", "error invalid basic authentication header encoding"),
        ("Basic", "unknown Basic"),
    ] {
        assert_eq!(read(header), expected, "{header}");
    }
}

#[test]
fn others() {
    for (header, expected) in [
        ("Bearer abc", "bearer abc"),
        ("bearer abc d", "bearer abc d"),
        ("Bearer", "none"),
        ("Bearer ", "none"),
        ("Foo bar", "unknown Foo"),
        ("", "unknown "),
    ] {
        assert_eq!(read(header), expected, "{header}");
    }
}

#[test]
fn encoding_and_decoding_agree() {
    let key =
        ApiKeyCredential { id: ApiKeyId::parse("kW7xT5gBq3LmZp0aUd9Y"), secret: Secret::new("Qm3v-8zRTyKf1sXcN0bLwA") };
    let encoded = key.encode();
    assert_eq!(encoded.expose().len(), 60);
    let read = ApiKeyCredential::parse(encoded.expose().as_bytes()).unwrap();
    assert!(read.id == key.id && read.secret.matches(&key.secret));
}

#[test]
fn nothing_secret_is_printed() {
    let shown = format!("{:?}", Credentials::parse(Some(b"Basic YWRhOnNlY3JldA==")));
    assert!(shown.contains("ada") && !shown.contains("secret"), "{shown}");
}

proptest::proptest! {
    #[test]
    fn no_header_makes_it_fall_over(header: Vec<u8>) {
        let _ = Credentials::parse(Some(&header));
        let _ = Credentials::parse(Some(&[b"ApiKey ", header.as_slice()].concat()));
        let _ = Credentials::parse(Some(&[b"Basic ", header.as_slice()].concat()));
    }

    #[test]
    fn what_is_encoded_is_decoded(bytes: Vec<u8>) {
        use ::base64::Engine;
        let text = ::base64::engine::general_purpose::STANDARD.encode(&bytes);
        proptest::prop_assert_eq!(super::base64::decode(text.as_bytes()), Ok(bytes.clone()));
        proptest::prop_assert_eq!(super::base64::decode(text.trim_end_matches('=').as_bytes()), Ok(bytes));
    }
}
