use super::{Algorithm, Drawn, Hash};
use crate::secret::Secret;

const PASSWORD: &str = "correct-horse";

/// Made with Python's hashlib and with another bcrypt.
const HASHES: [(&str, &str); 4] = [
    ("ssha256", "{SSHA256}AbCdEf121cKRXjaHOaAp5N9fbvrOWr2tvJRZBdygIIGU6swVups="),
    (
        "pbkdf2_1000",
        "{PBKDF2}1000$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=$g0+gwZAP8AfCwFTkCF7U3DSbInPxPfaH4Oxnx6HZtV8=",
    ),
    (
        "pbkdf2_1000",
        "{PBKDF2}1000$AAECAwQFBgcICQoLDA0ODw==$68v25Zu4GonEBLQyoebOI596v0Of+rrckVN60bBJQ5EUHWTg+seiBNEgVnIln8PSYVzgu+F+syKSR4n64qpxbA==",
    ),
    (
        "pbkdf2_stretch_1000",
        "{PBKDF2_STRETCH}1000$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=$wGHLjIlOQyD11B9lz7LX2xeScDK+vu8eD7hp0FPVWis=",
    ),
];

#[test]
fn hashes_made_elsewhere_verify_and_read_back() {
    for (name, text) in HASHES {
        let hash = Hash::parse(text).unwrap();
        assert!(hash.verify(&Secret::new(PASSWORD)), "{text}");
        assert!(!hash.verify(&Secret::new("correct-horsf")), "{text}");
        assert_eq!(hash.to_stored(), text);
        assert_eq!(hash.algorithm_name(), name);
        assert_eq!(hash.is_slow(), name != "ssha256");
    }
}

#[test]
fn bcrypt_of_every_version_verifies() {
    // Made by crypt(3) of another implementation: the published vectors of "abc".
    for version in ["2a", "2b", "2y"] {
        let hash =
            Hash::parse(&format!("${version}$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i")).unwrap();
        assert!(hash.verify(&Secret::new("abc")));
        assert!(!hash.verify(&Secret::new("abd")));
        assert_eq!(hash.algorithm_name(), "bcrypt6");
    }
}

#[test]
fn what_is_made_verifies_and_reads_back() {
    for name in ["ssha256", "bcrypt4", "pbkdf2_1000", "pbkdf2_stretch_1000"] {
        let made = Hash::make(Algorithm::parse(name).unwrap(), &Secret::new(PASSWORD), Drawn::new([7; 32]));
        assert!(made.verify(&Secret::new(PASSWORD)), "{name}");
        assert!(!made.verify(&Secret::new("")), "{name}");
        let read = Hash::parse(&made.to_stored()).unwrap();
        assert!(read == made && read.verify(&Secret::new(PASSWORD)), "{name}");
        assert_eq!(read.algorithm_name(), name);
        assert_eq!(format!("{made:?}"), "[redacted]");
    }
}

#[test]
fn what_is_no_hash_or_costs_too_much_is_refused() {
    for text in [
        "",
        "plain",
        "{SSHA256}",
        "{SSHA256}AbCdEf12",
        "{SSHA256}AbCdEf12AAAA",
        "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "{PBKDF2}1000$AAEC$AAEC",
        "{PBKDF2}1$AAECAwQFBgcICQoLDA0ODw==$g0+gwZAP8AfCwFTkCF7U3DSbInPxPfaH4Oxnx6HZtV8=",
        "{PBKDF2}+1000$AAECAwQFBgcICQoLDA0ODw==$g0+gwZAP8AfCwFTkCF7U3DSbInPxPfaH4Oxnx6HZtV8=",
        "{PBKDF2}1000000000$AAECAwQFBgcICQoLDA0ODw==$g0+gwZAP8AfCwFTkCF7U3DSbInPxPfaH4Oxnx6HZtV8=",
        "$2a$31$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
        "$2a$03$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
        "$2a$06$If6bvum7DFjUnE9p2uDeDu",
    ] {
        assert!(Hash::parse(text).is_err(), "{text}");
    }
}

#[test]
fn algorithm_names() {
    for name in ["bcrypt", "BCRYPT", "bcrypt14", "pbkdf2", "pbkdf2_1000000", "pbkdf2_stretch", "PBKDF2_STRETCH_50000"] {
        assert!(Algorithm::parse(name).is_some(), "{name}");
    }
    for name in
        ["", "bcrypt3", "bcrypt15", "bcrypt04", "pbkdf2_", "pbkdf2_7", "pbkdf2x", "pbkdf2_stretch_", "md5", "noop"]
    {
        assert!(Algorithm::parse(name).is_none(), "{name}");
    }
    assert!(Algorithm::password_algorithm_names().iter().all(|name| Algorithm::parse(name).is_some()));
}
