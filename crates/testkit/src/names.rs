//! Names for engines that have none of their own.

use keyward_security::index_names::{IndexFlags, IndexNames};

/// The names of the decision vectors: open, closed and hidden indices, an alias, a data stream, a restricted index.
pub fn fixture_names() -> IndexNames {
    let open = IndexFlags::default();
    IndexNames::builder()
        .index("logs-a1", open)
        .index("logs-a2", open)
        .index("logs-sec", open)
        .index("metrics-1", open)
        .index(".hid-1", IndexFlags { hidden: true, ..open })
        .index("logs-old", IndexFlags { closed: true, ..open })
        .alias("logs", ["logs-a1", "logs-a2"], None, false)
        .data_stream("ds-web", [".ds-ds-web-2026.01.01-000001"], [".fs-ds-web-2026.01.01-000002"], false)
        .index(".security-7", open)
        .alias(".security", [".security-7"], None, true)
        .build()
}

/// Open indices and nothing else.
pub fn open_indices<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> IndexNames {
    let builder = IndexNames::builder();
    names.into_iter().fold(builder, |builder, name| builder.index(name.as_ref(), IndexFlags::default())).build()
}
