use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_711_151_970_500);

fn read(body: &str) -> Result<Vec<SearchItem>, String> {
    scan(body.as_bytes(), &["base".to_owned()], &IndicesOptions::EXPAND_OPEN, NOW)
        .map_err(|error| error.cause().reason().to_owned())
}

#[test]
fn searches_have_the_names_of_their_header_or_the_default() {
    let body = "{\"index\":\"a,<b-{now/d}>\"}\n{}\n{\"indices\":[\"b\",\"c-*\"]}\r\n{}\n\n{\"size\":1}\n{}\n{}\n{\"index\":[]}\n{}\n";
    let seen: Vec<_> = read(body).unwrap().into_iter().map(|item| item.indices).collect();
    assert_eq!(seen, [vec!["a", "b-2024.03.22"], vec!["b", "c-*"], vec!["base"], vec!["base"], vec!["*"]]);
}

#[test]
fn headers_have_options_of_their_own() {
    let body = "{\"expand_wildcards\":[\"open\",\"hidden\"],\"ignoreUnavailable\":true,\"allow_no_indices\":\"false\",\"searchType\":\"x\"}\n{}\n";
    let item = read(body).unwrap().remove(0);
    assert!(item.options.expand_hidden && item.options.expand_open && !item.options.expand_closed);
    assert!(item.options.ignore_unavailable && !item.options.allow_no_indices);
}

#[test]
fn hazards_are_refused() {
    for body in [
        "",
        "{}\n{}",
        "{}\n",
        "{}\n\n",
        "\n\n",
        "{}\n{}\n\n",
        "[]\n{}\n",
        "{\"index\":\"a\",\"index\":\"b\"}\n{}\n",
        "{\"index\":\"a\",\"indices\":\"b\"}\n{}\n",
        "{\"index\":\"a\",\"\\u0069ndex\":\"b\"}\n{}\n",
        "{\"index\":1}\n{}\n",
        "{\"index\":{}}\n{}\n",
        "{\"index\":[[\"a\"]]}\n{}\n",
        "{\"index\":\"a,,b\"}\n{}\n",
        "{\"_index\":\"a\"}\n{}\n",
        "{\"expand_wildcards\":\"some\"}\n{}\n",
        "{\"ignore_unavailable\":1}\n{}\n",
        "{\"index\":\"a\"}{}\n{}\n",
    ] {
        assert!(read(body).is_err(), "{body}");
    }
}

proptest::proptest! {
    #[test]
    fn headers_and_bodies_never_change_places(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "{\"index\":\"a\"}\n", "{}\n", "\n", "{\"size\":1}\n", "x\n", "{\"index\":[\"b\"]}\r\n",
        ]), 0..8)
    ) {
        let body = parts.concat();
        if let Ok(items) = read(&body) {
            proptest::prop_assert_eq!(items.len() * 2, parts.len());
            for (item, pair) in items.iter().zip(parts.chunks(2)) {
                proptest::prop_assert_eq!(body.get(item.header.clone()).unwrap(), pair[0].trim_end());
                proptest::prop_assert_eq!(body.get(item.body.clone()).unwrap(), pair[1].trim_end());
            }
        }
    }
}
