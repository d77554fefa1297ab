use std::net::IpAddr;

use axum::extract::ConnectInfo;
use http::Request;
use http::request::Parts;
use proptest::prelude::*;

use super::*;

fn trusted() -> TrustedProxies {
    let mut trusted = TrustedProxies::default();
    trusted.add_list("10.0.0.0/8, 192.0.2.1, fd00::/8,").unwrap();
    trusted
}

fn request(peer: &str, headers: &[(&str, &[u8])]) -> Parts {
    let mut request = Request::get("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    parts.extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1234)));
    parts
}

fn client(peer: &str, headers: &[(&str, &str)]) -> String {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    client_address(&request(peer, &headers), &trusted()).unwrap().to_string()
}

#[test]
fn x_forwarded_for_is_read_from_the_right_past_trusted_proxies() {
    const PROXY: &str = "10.0.0.1";
    for (header, expected) in [
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("1.1.1.1,203.0.113.9 , 10.2.3.4,192.0.2.1", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("[2001:db8::9]:4711", "2001:db8::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:1", "203.0.113.9"),
        ("garbage, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, ", "203.0.113.9"),
        // All of them are trusted: the client is in the proxies' own network.
        ("10.9.9.9, 10.2.3.4", "10.9.9.9"),
        // What cannot be read is the peer.
        ("", PROXY),
        (",,,", PROXY),
        ("unknown", PROXY),
        ("203.0.113.9, unknown", PROXY),
        ("203.0.113.9, x, 10.2.3.4", PROXY),
        ("203.0.113.9:", PROXY),
        ("203.0.113.9:80:80", PROXY),
        ("203.0.113", PROXY),
        ("203.0.113.9/24", PROXY),
        ("[203.0.113.9]", PROXY),
        ("[2001:db8::9]80", PROXY),
        ("[2001:db8::9", PROXY),
        ("[2001:db8::9]x]", PROXY),
        ("fe80::1%eth0", PROXY),
    ] {
        assert_eq!(client(PROXY, &[("x-forwarded-for", header)]), expected, "{header:?}");
    }
}

#[test]
fn lines_of_a_header_are_one_list() {
    let lines = [
        ("x-forwarded-for", "1.1.1.1"),
        ("x-forwarded-for", "203.0.113.9, 10.1.1.1"),
        ("x-forwarded-for", "10.1.1.2"),
    ];
    assert_eq!(client("10.0.0.1", &lines), "203.0.113.9");
    let lines =
        [("forwarded", "for=1.1.1.1"), ("forwarded", "for=203.0.113.9"), ("forwarded", "for=10.1.1.2")];
    assert_eq!(client("10.0.0.1", &lines), "203.0.113.9");
}

#[test]
fn forwarded_is_read_where_there_is_no_x_forwarded_for() {
    const PROXY: &str = "10.0.0.1";
    for (header, expected) in [
        ("for=203.0.113.9", "203.0.113.9"),
        ("For=\"203.0.113.9:4711\"", "203.0.113.9"),
        ("for=\"[2001:db8::9]:4711\"", "2001:db8::9"),
        ("for=\"[2001:db8::9]:_name\";proto=https", "2001:db8::9"),
        ("proto=https; by=10.0.0.1; FOR=203.0.113.9", "203.0.113.9"),
        ("for=1.1.1.1, for=203.0.113.9;proto=http, for=10.1.1.1", "203.0.113.9"),
        ("for=203.0.113.9;host=\"a,for=6.6.6.6;x=\"", "203.0.113.9"),
        ("for=203.0.113.9;host=\"a\\\",for=6.6.6.6;x=\\\"\"", "203.0.113.9"),
        // A quote that the client left open ends before what the proxy added.
        ("for=\"1.1.1.1, for=203.0.113.9", "203.0.113.9"),
        ("for=10.9.9.9", "10.9.9.9"),
        ("", PROXY),
        ("for=unknown", PROXY),
        ("for=_hidden", PROXY),
        ("proto=https", PROXY),
        ("for=203.0.113.9;for=6.6.6.6", PROXY),
        ("for=\"203.0.113.9", PROXY),
        ("for=", PROXY),
        ("203.0.113.9", PROXY),
    ] {
        assert_eq!(client(PROXY, &[("forwarded", header)]), expected, "{header:?}");
    }
    let both = [("forwarded", "for=6.6.6.6"), ("x-forwarded-for", "203.0.113.9")];
    assert_eq!(client(PROXY, &both), "203.0.113.9");
}

#[test]
fn nobody_but_a_trusted_proxy_is_believed() {
    for peer in ["203.0.113.1", "127.0.0.1", "11.0.0.1", "192.0.2.2", "2001:db8::1", "::1"] {
        for header in ["x-forwarded-for", "forwarded"] {
            assert_eq!(client(peer, &[(header, "6.6.6.6")]), peer);
        }
    }
    assert_eq!(client("::ffff:10.0.0.1", &[("x-forwarded-for", "203.0.113.9")]), "203.0.113.9");
    assert_eq!(client("fd12::1", &[("x-forwarded-for", "203.0.113.9")]), "203.0.113.9");
    let (parts, ()) = Request::get("/").body(()).unwrap().into_parts();
    assert_eq!(client_address(&parts, &trusted()), None, "a request through no socket");
}

#[test]
fn connections_that_stand_for_many_are_not_counted() {
    let counted = |peer, header: Option<&str>| {
        let headers: Vec<_> = header.iter().map(|value| ("x-forwarded-for", value.as_bytes())).collect();
        counted_address(&request(peer, &headers), &trusted()).map(|address| address.to_string())
    };
    for peer in ["127.0.0.1", "::1", "192.168.1.7", "172.16.0.1", "169.254.1.1", "fe80::1", "fc00::1"] {
        assert_eq!(counted(peer, Some("6.6.6.6")), None, "{peer} is no proxy that was named");
    }
    assert_eq!(counted("192.0.2.1", None), None, "a trusted proxy that names no client");
    assert_eq!(counted("10.0.0.1", Some("192.168.1.7")).as_deref(), Some("192.168.1.7"));
    assert_eq!(counted("203.0.113.1", Some("6.6.6.6")).as_deref(), Some("203.0.113.1"));
}

#[test]
fn an_ipv6_household_shares_its_64_bits() {
    let share = |text: &str| share(text.parse().unwrap()).to_string();
    assert_eq!(share("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    assert_eq!(share("203.0.113.9"), "203.0.113.9");
    assert_eq!(share("::ffff:203.0.113.9"), "203.0.113.9");
}

#[test]
fn networks_are_read_or_refused_with_what_to_write() {
    for text in ["10.0.0.0/8", "0.0.0.0/0", "::/0", "10.0.0.7/32", "fd00::1", "::1/128"] {
        assert_eq!(TrustedProxies::default().add(text), Ok(()), "{text}");
    }
    for text in [
        "",
        "proxy",
        "10.0.0.0/33",
        "10.0.0/8",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "fd00::/129",
        "10.0.0.1:80",
        "::ffff:10.0.0.0/104",
    ] {
        let error = TrustedProxies::default().add(text).unwrap_err();
        assert!(
            error.starts_with(&format!("{text:?} is no address")) && error.contains("10.0.0.0/8"),
            "{error}"
        );
    }
    let all = |list: &str, address: &str| {
        let mut trusted = TrustedProxies::default();
        trusted.add_list(list).unwrap();
        trusted.contains(address.parse::<IpAddr>().unwrap())
    };
    assert!(all("0.0.0.0/0", "203.0.113.9") && !all("0.0.0.0/0", "::1") && all("::/0", "2001:db8::1"));
    assert!(all("10.0.0.9/8", "10.255.0.1") && !all("10.0.0.0/8", "11.0.0.0"));
    assert!(all("10.0.0.0/31", "10.0.0.1") && !all("10.0.0.0/31", "10.0.0.2"));
    assert!(!all("", "127.0.0.1"));
}

#[test]
fn a_header_of_ten_thousand_entries_is_read_to_its_bound() {
    let hostile = "10.1.1.1,".repeat(10_000);
    assert_eq!(client("10.0.0.1", &[("x-forwarded-for", &hostile)]), "10.0.0.1");
    let real = format!("{}203.0.113.9", "6.6.6.6,".repeat(10_000));
    assert_eq!(client("10.0.0.1", &[("x-forwarded-for", &real)]), "203.0.113.9");
    let at_bound = |hops: usize| format!("203.0.113.9{}", ",10.1.1.1".repeat(hops));
    assert_eq!(client("10.0.0.1", &[("x-forwarded-for", &at_bound(HOPS - 1))]), "203.0.113.9");
    assert_eq!(client("10.0.0.1", &[("x-forwarded-for", &at_bound(HOPS))]), "10.0.0.1");
    for hostile in ["\"", "\\\"", "for=\"\\", ";", "for=1.1.1.1;"] {
        assert_eq!(client("10.0.0.1", &[("forwarded", &hostile.repeat(10_000))]), "10.0.0.1");
    }
}

proptest! {
    #[test]
    fn no_header_makes_it_panic(
        name in prop::sample::select(vec!["x-forwarded-for", "forwarded"]),
        value in prop::collection::vec(prop::sample::select(b"for=10.,;:\"\\[] _%\xff1".to_vec()), 0..200),
        proxy in any::<bool>(),
    ) {
        let peer = if proxy { "10.0.0.1" } else { "203.0.113.9" };
        let parts = request(peer, &[(name, &value)]);
        let address = client_address(&parts, &trusted());
        prop_assert!(address.is_some());
        prop_assert!(proxy || address == Some(peer.parse().unwrap()));
        let _ = counted_address(&parts, &trusted());
    }

    #[test]
    fn whatever_a_client_writes_the_proxy_s_entry_counts(
        forged in "[ -+\\--~]{0,40}",
        address in any::<[u8; 4]>(),
        in_forwarded in any::<bool>(),
    ) {
        let real = IpAddr::from(address);
        prop_assume!(!trusted().contains(real));
        let header = if in_forwarded { ("forwarded", format!("{forged}, for={real}")) } else { ("x-forwarded-for", format!("{forged}, {real}")) };
        let parts = request("10.0.0.1", &[(header.0, header.1.as_bytes())]);
        prop_assert_eq!(client_address(&parts, &trusted()), Some(real));
    }
}
