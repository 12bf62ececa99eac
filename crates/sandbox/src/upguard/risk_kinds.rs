//! Which kinds of risk does UpGuard look for (§4.5)? A few of each severity.

/// A kind of risk, as UpGuard describes it.
pub(super) struct Kind {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) severity: &'static str,
    pub(super) group: &'static str,
    pub(super) category: &'static str,
    pub(super) category_title: &'static str,
    pub(super) description: &'static str,
}

pub(super) const KINDS: [Kind; 6] = [
    Kind {
        id: "domain_expired",
        title: "Domain expired",
        severity: "critical",
        group: "domain",
        category: "dns",
        category_title: "DNS",
        description: "Whoever registers the name next decides what it leads to.",
    },
    Kind {
        id: "verified_vuln:CVE-2021-34473",
        title: "Verified vulnerability: CVE-2021-34473",
        severity: "critical",
        group: "verified_vuln",
        category: "vulnerability_management",
        category_title: "Vulnerability management",
        description: "The mail server runs what it is sent by anybody.",
    },
    Kind {
        id: "exposed_database",
        title: "Database open to the internet",
        severity: "critical",
        group: "open_port",
        category: "network_sec",
        category_title: "Network security",
        description: "Anybody can ask it for what it holds.",
    },
    Kind {
        id: "ssl_expired",
        title: "Certificate expired",
        severity: "high",
        group: "ssl",
        category: "encryption",
        category_title: "Encryption",
        description: "Visitors are warned away.",
    },
    Kind {
        id: "dns_spf_not_configured",
        title: "SPF not configured",
        severity: "medium",
        group: "spf",
        category: "email_sec",
        category_title: "Email security",
        description: "Mail can be sent in the name of the domain.",
    },
    Kind {
        id: "server_information_exposed",
        title: "Server information exposed",
        severity: "pass",
        group: "headers",
        category: "website_sec",
        category_title: "Website security",
        description: "Nothing to be found.",
    },
];

/// In their order (§4.5).
const SEVERITIES: [&str; 6] = ["pass", "info", "low", "medium", "high", "critical"];

impl Kind {
    pub(super) fn of(id: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|it| it.id == id)
    }

    /// Its severity as a number, the least first.
    pub(super) fn rank(&self) -> usize {
        Kind::rank_of(self.severity).unwrap_or_default()
    }

    /// A severity as a number; nothing: there is none of that word.
    pub(super) fn rank_of(severity: &str) -> Option<usize> {
        SEVERITIES.iter().position(|it| *it == severity)
    }
}
