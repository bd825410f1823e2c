// DNSControl beside dcvctl: what it must leave alone, in every domain that dcvctl writes to.
// IGNORE() matches labels below the domain; `**` goes over dots, `*` and `?` do not.
var NOT_OF_DCVCTL = [
  // DigiCert and its brands
  IGNORE("_dnsauth", "TXT,CNAME"),
  IGNORE("_dnsauth.**", "TXT,CNAME"),
  // ACME: dns-01 and its delegation, dns-account-01, persistent records
  IGNORE("_acme-challenge", "TXT,CNAME"),
  IGNORE("_acme-challenge.**", "TXT,CNAME"),
  IGNORE("_*._acme-challenge", "TXT"),
  IGNORE("_*._acme-challenge.**", "TXT"),
  IGNORE("_validation-persist", "TXT"),
  IGNORE("_validation-persist.**", "TXT"),
  // Sectigo, SSL.com, Amazon ACM: `_` and 32 hex digits
  IGNORE("_????????????????????????????????", "CNAME"),
  IGNORE("_????????????????????????????????.**", "CNAME"),
];

D("example.com", NewRegistrar("none"), DnsProvider(NewDnsProvider("primary")),
  NOT_OF_DCVCTL,
  A("www", "192.0.2.80"),
);
