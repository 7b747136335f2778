//! Heads and chunks, in one piece and cut anywhere.

use proptest::prelude::*;

use super::*;

fn head(text: &[u8]) -> Result<Option<(usize, Framing)>, Fault> {
    let mut out = BytesMut::new();
    let (taken, framing) = HeadReader::default().push(text, &Limits::default(), &mut out)?;
    if framing.is_some() {
        assert!(text[..taken].ends_with(&out));
    }
    Ok(framing.map(|framing| (taken, framing)))
}

#[test]
fn plain_heads_pass() {
    let text = b"GET /_search?q=a HTTP/1.1\r\nHost: x\r\nX: \t a b \r\n\r\nnext";
    assert_eq!(head(text), Ok(Some((text.len() - 4, Framing::Length(0)))));
    assert_eq!(head(b"POST / HTTP/1.1\r\ncontent-length: 12\r\n\r\n").unwrap().unwrap().1, Framing::Length(12));
    assert_eq!(head(b"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n").unwrap().unwrap().1, Framing::Chunked);
    assert_eq!(head(b"\r\nGET / HTTP/1.1\r\n\r\n").unwrap().unwrap().1, Framing::Length(0));
    assert_eq!(head(b"GET / HTTP/1.1\r\nHost: x\r\n"), Ok(None));
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let cases: &[(&[u8], Fault)] = &[
        (b"GET  / HTTP/1.1\r\n\r\n", Fault::RequestLine),
        (b"GET /\r\n\r\n", Fault::RequestLine),
        (b"GET / HTTP/1.1 \r\n\r\n", Fault::RequestLine),
        (b"GET / http/1.1\r\n\r\n", Fault::RequestLine),
        (b"\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", Fault::RequestLine),
        (b"GET / HTTP/1.0\r\n\r\n", Fault::Version),
        (b"GET / HTTP/2.0\r\n\r\n", Fault::Version),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Fault::Version),
        (b"G(T / HTTP/1.1\r\n\r\n", Fault::Method),
        (b"KEYWARD-REFUSED /host HTTP/1.1\r\n\r\n", Fault::Method),
        (b"CONNECT x:1 HTTP/1.1\r\n\r\n", Fault::Method),
        (b" GET / HTTP/1.1\r\n\r\n", Fault::RequestLine),
        (b"GET http://x/ HTTP/1.1\r\n\r\n", Fault::Target),
        (b"OPTIONS * HTTP/1.1\r\n\r\n", Fault::Target),
        (b"GET /a#b HTTP/1.1\r\n\r\n", Fault::Target),
        (b"GET /a\\b HTTP/1.1\r\n\r\n", Fault::Target),
        (b"GET /\xc3\xa9 HTTP/1.1\r\n\r\n", Fault::Target),
        (b"GET /\x01 HTTP/1.1\r\n\r\n", Fault::Target),
        (b"GET / HTTP/1.1\nHost: x\r\n\r\n", Fault::LineEnd),
        (b"GET / HTTP/1.1\r\nHost: x\n\r\n", Fault::LineEnd),
        (b"GET / HTTP/1.1\r\n\n", Fault::LineEnd),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", Fault::HeaderLine),
        (b"GET / HTTP/1.1\r\n Host: x\r\n\r\n", Fault::HeaderLine),
        (b"GET / HTTP/1.1\r\nA: x\r\n folded\r\n\r\n", Fault::HeaderLine),
        (b"GET / HTTP/1.1\r\nnothing\r\n\r\n", Fault::HeaderLine),
        (b"GET / HTTP/1.1\r\n: x\r\n\r\n", Fault::HeaderLine),
        (b"GET / HTTP/1.1\r\nA: a\rb\r\n\r\n", Fault::HeaderLine),
        (b"GET / HTTP/1.1\r\nA: a\0b\r\n\r\n", Fault::HeaderLine),
        (b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", Fault::Host),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", Fault::ContentLength),
        (b"POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", Fault::ContentLength),
        (b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", Fault::ContentLength),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", Fault::ContentLength),
        (b"POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", Fault::ContentLength),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", Fault::ContentLength),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", Fault::TransferEncoding),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n", Fault::TransferEncoding),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            Fault::TransferEncoding,
        ),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n", Fault::BothLengths),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", Fault::BothLengths),
    ];
    for (text, fault) in cases {
        assert_eq!(head(text), Err(*fault), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn sizes_are_bounded_before_the_end_is_seen() {
    let limits = Limits::default();
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(4096));
    assert_eq!(head(long.as_bytes()), Err(Fault::LineTooLong));
    assert_eq!(head("G".repeat(4097).as_bytes()), Err(Fault::LineTooLong));
    let fits = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(4096 - "GET / HTTP/1.1".len()));
    assert!(head(fits.as_bytes()).unwrap().is_some());
    // The request line does not count, however short it is; names, values and what separates the lines do.
    let room = limits.headers - "A: \r\n".len();
    let wide = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(room));
    assert!(head(wide.as_bytes()).unwrap().is_some());
    let wide = format!("GET / HTTP/1.1\r\nA: {}\r\n", "a".repeat(room + 1));
    assert_eq!(head(wide.as_bytes()), Err(Fault::HeadersTooLong));
    let wide = format!("GET / HTTP/1.1\r\nA: b\r\nA: {}", "a".repeat(room));
    assert_eq!(head(wide.as_bytes()), Err(Fault::HeadersTooLong));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(101));
    assert_eq!(head(many.as_bytes()), Err(Fault::TooManyHeaders));
}

fn chunks(text: &[u8]) -> Result<(usize, bool), BadChunk> {
    ChunkReader::default().push(text)
}

#[test]
fn chunks_end_where_they_say() {
    assert_eq!(chunks(b"5\r\nhello\r\n0\r\n\r\nGET"), Ok((15, true)));
    assert_eq!(chunks(b"A;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"), Ok((36, true)));
    assert_eq!(chunks(b"5\r\nhel"), Ok((6, false)));
    for bad in [
        &b"\r\n"[..],
        b"5\nhello\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"0x5\r\nhello\r\n",
        b"-1\r\n",
        b"ffffffffffffffff\r\n",
        b" 5\r\nhello\r\n",
        b"0\r\nno colon\r\n\r\n",
        b"0\r\n\n",
    ] {
        assert_eq!(chunks(bad), Err(BadChunk), "{}", String::from_utf8_lossy(bad));
    }
    assert_eq!(chunks(&[b'1'; 5000]), Err(BadChunk));
}

proptest! {
    /// Where the bytes are cut changes nothing.
    #[test]
    fn pieces_are_read_like_the_whole(
        text in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "(GET|P T) /[a-z]{0,5} HTTP/1.[01]\r?\n([A-Za-z-]{1,8} ?: ?[a-z0-9]{0,9}\r?\n){0,4}\r\n[a-z]{0,9}"
                .prop_map(String::into_bytes),
        ],
        cut in 0_usize..200,
    ) {
        let whole = head(&text);
        let cut = cut.min(text.len());
        let (mut reader, mut out) = (HeadReader::default(), BytesMut::new());
        let pieces = match reader.push(&text[..cut], &Limits::default(), &mut out) {
            Ok((taken, Some(framing))) => Ok(Some((taken, framing))),
            Ok((_, None)) => reader
                .push(&text[cut..], &Limits::default(), &mut out)
                .map(|(taken, framing)| framing.map(|framing| (taken + cut, framing))),
            Err(fault) => Err(fault),
        };
        prop_assert_eq!(&whole, &pieces);
        if let Ok(Some((taken, _))) = whole {
            prop_assert!(text[..taken].ends_with(&out) && !out.starts_with(b"\r\n"));
        }
    }

    #[test]
    fn chunks_are_followed_wherever_they_are_cut(
        parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..50), 0..5),
        cut in 0_usize..300,
    ) {
        let mut text = Vec::new();
        for part in &parts {
            text.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
            text.extend_from_slice(part);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"0\r\n\r\n");
        let length = text.len();
        text.extend_from_slice(b"GET / HTTP/1.1\r\n");
        let cut = cut.min(length);
        let mut reader = ChunkReader::default();
        let (first, done) = reader.push(&text[..cut]).unwrap();
        let end = if done { first } else { first + reader.push(&text[cut..]).unwrap().0 };
        prop_assert_eq!(end, length);
    }
}
