//! Which risks has the scan found before anybody looks? Every third vendor has one that is critical, and one
//! that is not; our own organisation has two, which nobody has waived, and uses three apps.

use super::some_day;
use crate::random::Random;
use crate::upguard::UpGuard;

const CRITICAL: [&str; 2] = ["domain_expired", "exposed_database"];

pub(super) fn record(upguard: &mut UpGuard, random: &mut Random) {
    let vendors = upguard.vendors.values();
    let hosts = vendors.filter_map(|it| Some((it.id, it.primary_hostname.clone()?)));
    let hosts: Vec<(u64, String)> = hosts.step_by(3).collect();
    for ((vendor, host), kind) in hosts.iter().zip(CRITICAL.iter().cycle()) {
        upguard.put_risk(*vendor, kind, host, some_day(random));
        upguard.put_risk(*vendor, "ssl_expired", &format!("www.{host}"), some_day(random));
    }
    for kind in ["ssl_expired", "dns_spf_not_configured"] {
        upguard.put_own_risk(kind, "www.concordat.example", some_day(random));
    }
    for app in ["Chatter", "Paperclip", "Sketchy"] {
        upguard.put_app(app, some_day(random));
    }
}
