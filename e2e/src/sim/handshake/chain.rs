//! Real certificates for what a world says of its back ends, under authorities whose keys are gone when the simulator is.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    crypto::ring::sign::any_ecdsa_type,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::{CertifiedKey, SigningKey},
};

use crate::sim::world::{Certificate, Link, Problem};

/// Days from today on which certificates begin and end: good ones, those that are over, and those still to come.
const GOOD: (i64, i64) = (-30, 335);
const OVER: (i64, i64) = (-400, -35);
const TO_COME: (i64, i64) = (30, 395);

/// Who vouches for a certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trust {
    /// The authority that stands for all those that everybody trusts.
    Public,
    /// One that nobody was given.
    Foreign,
    /// The one that the world calls by this text.
    Private(String),
}

/// A certificate that signs others, and its key to speak TLS with.
struct Signer {
    issuer: CertifiedIssuer<'static, KeyPair>,
    key: Arc<dyn SigningKey>,
}

/// An authority: the leaves are signed by its intermediate.
struct Authority {
    root: Signer,
    intermediate: Signer,
}

/// What one back end shows, kept so that it shows the same each time.
struct Shown {
    certificate: Certificate,
    /// What it was asked for; empty if that does not matter.
    asked: String,
    key: Arc<CertifiedKey>,
}

/// All authorities and certificates made so far.
#[derive(Default)]
pub(super) struct Chains {
    authorities: BTreeMap<Trust, Authority>,
    shown: Vec<Shown>,
}

impl Chains {
    /// The root that stands for all well-known ones, as PEM.
    pub(super) fn public_pem(&mut self) -> Result<String> {
        Ok(self.authority(Trust::Public)?.root.issuer.pem())
    }

    /// The certificate that a world calls by a text, in base64, as documents have it: the root of an authority, or a
    /// certificate that is its own root.
    pub(super) fn given(&mut self, text: &str, own: Option<&Certificate>) -> Result<String> {
        let der = match own {
            Some(own) => self.show(own, "")?.cert.first().cloned(),
            None => Some(self.private(text)?.root.issuer.der().clone()),
        };
        let der = der.context("a certificate that is its own root is not sent")?;
        let pem = pem::encode(&pem::Pem::new("CERTIFICATE", der.to_vec()));
        Ok(pem.lines().filter(|line| !line.starts_with('-')).collect())
    }

    /// The chain and key for a certificate; one without names is good for what is asked for.
    pub(super) fn show(&mut self, own: &Certificate, asked: &str) -> Result<Arc<CertifiedKey>> {
        let named = own.self_signed || !own.names.is_empty() || own.common_name.is_some();
        let asked = if named { "" } else { asked };
        let same = |shown: &&Shown| shown.certificate == *own && shown.asked == asked;
        if let Some(shown) = self.shown.iter().find(same) {
            return Ok(shown.key.clone());
        }
        let key = Arc::new(self.make(own, asked)?);
        self.shown.push(Shown {
            certificate: own.clone(),
            asked: asked.to_owned(),
            key: key.clone(),
        });
        Ok(key)
    }

    fn make(&mut self, own: &Certificate, asked: &str) -> Result<CertifiedKey> {
        let key = KeyPair::generate()?;
        let speaks = speaking(&key)?;
        let leaf = leaf(own, asked)?;
        if own.self_signed {
            let own = leaf.self_signed(&key)?.der().clone();
            return Ok(CertifiedKey::new(vec![own], speaks));
        }
        let trust = match (own.problem, &own.root) {
            (Some(Problem::IntermediateUnknown | Problem::IntermediateForeign), _) => {
                Trust::Foreign
            }
            (_, Some(root)) => Trust::Private(root.clone()),
            (_, None) => Trust::Public,
        };
        let Authority { root, intermediate } = self.authority(trust)?;
        let mut leaf = leaf.signed_by(&key, &intermediate.issuer)?.der().to_vec();
        if own.problem == Some(Problem::Unverifiable)
            && let Some(last) = leaf.last_mut()
        {
            // The last byte of its signature.
            *last ^= 1;
        }
        let leaf = CertificateDer::from(leaf);
        let links = sent(own);
        let chain = links.iter().map(|link| match link {
            Link::Leaf => leaf.clone(),
            Link::Intermediate => intermediate.issuer.der().clone(),
            Link::Root => root.issuer.der().clone(),
        });
        // Whoever comes first has to have the key, or there is no handshake to see the chain in.
        let speaks = match links.first() {
            Some(Link::Intermediate) => intermediate.key.clone(),
            Some(Link::Root) => root.key.clone(),
            _ => speaks,
        };
        Ok(CertifiedKey::new(chain.collect(), speaks))
    }

    fn private(&mut self, text: &str) -> Result<&Authority> {
        self.authority(Trust::Private(text.to_owned()))
    }

    fn authority(&mut self, trust: Trust) -> Result<&Authority> {
        let name = match &trust {
            Trust::Public => "appgw-e2e well-known authority".to_owned(),
            Trust::Foreign => "appgw-e2e unknown authority".to_owned(),
            Trust::Private(text) => format!("appgw-e2e private authority {text}"),
        };
        match self.authorities.entry(trust) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => Ok(new.insert(found(&name)?)),
        }
    }
}

/// A new authority.
fn found(name: &str) -> Result<Authority> {
    let key = KeyPair::generate()?;
    let speaks = speaking(&key)?;
    let root = Signer {
        issuer: CertifiedIssuer::self_signed(signing(name), key)?,
        key: speaks,
    };
    let key = KeyPair::generate()?;
    let speaks = speaking(&key)?;
    let own = signing(&format!("{name}, intermediate"));
    let intermediate = Signer {
        issuer: CertifiedIssuer::signed_by(own, key, &root.issuer)?,
        key: speaks,
    };
    Ok(Authority { root, intermediate })
}

/// A certificate that may sign others.
fn signing(name: &str) -> CertificateParams {
    let mut own = CertificateParams::default();
    own.distinguished_name = named(name);
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    own.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    own.use_authority_key_identifier_extension = true;
    own
}

/// The certificate of a server, not signed yet.
fn leaf(own: &Certificate, asked: &str) -> Result<CertificateParams> {
    let mut names = own.names.clone();
    if names.is_empty() && !asked.is_empty() {
        names.push(asked.to_owned());
    }
    let common = own.common_name.as_ref().or(names.first());
    let common = common.map_or("back end", String::as_str).to_owned();
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name = named(&common);
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = !own.self_signed;
    let (begins, ends) = match own.problem {
        Some(Problem::Expired | Problem::MarkedInvalid) => OVER,
        Some(Problem::NotYetValid) => TO_COME,
        _ => GOOD,
    };
    let ((year, month, first), (last_year, last_month, last)) = (day(begins), day(ends));
    leaf.not_before = date_time_ymd(year, month, first);
    leaf.not_after = date_time_ymd(last_year, last_month, last);
    Ok(leaf)
}

/// The chain as it is sent: as the world says, or as its problem is, or in good order without the root.
fn sent(own: &Certificate) -> Vec<Link> {
    if let Some(links) = &own.sends {
        return links.clone();
    }
    match own.problem {
        Some(Problem::OnlyLeaf) => vec![Link::Leaf],
        Some(Problem::IntermediateMissing) => vec![Link::Leaf, Link::Root],
        Some(Problem::LeafMissing) => vec![Link::Intermediate, Link::Root],
        Some(Problem::LeafNotTopmost) => vec![Link::Intermediate, Link::Leaf],
        _ => vec![Link::Leaf, Link::Intermediate],
    }
}

/// A key as rustls speaks with it.
fn speaking(key: &KeyPair) -> Result<Arc<dyn SigningKey>> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    any_ecdsa_type(&key).context("the key of a simulated back end")
}

/// The date so many days from today.
fn day(from_today: i64) -> (i32, u8, u8) {
    let at = Timestamp::now() + SignedDuration::from_hours(24 * from_today);
    let date = at.to_zoned(TimeZone::UTC).date();
    let [month, day] = [date.month(), date.day()].map(i8::unsigned_abs);
    (i32::from(date.year()), month, day)
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}
