/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright the dcvctl authors */
/* This file knows an item of `records:`. It does not know the other keys of an order. */
#include <string.h>

#include "order/read.h"

/* An item that is a mapping, its keys looked up. */
struct item {
	const struct dcv_yaml_node *map, *domain, *domains, *host, *type, *value;
	bool misspelt; /* holds an unknown key: what is missing may be that one */
};

static void missing(const struct dcv_read *rd, const struct item *item, const char *key,
	const char *help)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, item->map);

	if (!item->misspelt)
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place, help,
			"%s: missing", key);
}

static uint16_t read_type(const struct dcv_read *rd, const struct item *item)
{
	struct dcv_place place;

	if (item->type == NULL) {
		missing(rd, item, "type",
			"add type: TXT or type: CNAME, as the CA shows it");
		return 0;
	}
	place = dcv_yaml_place(rd->file, item->type);
	if (!dcv_read_text(rd, "type", item->type))
		return 0;
	return dcv_read_type(rd, &place, item->type->text, item->type->len);
}

static bool read_value(const struct dcv_read *rd, const struct item *item, uint16_t type,
	struct dcv_rdata *ret)
{
	if (item->value == NULL) {
		missing(rd, item, "value", "add value: as the CA shows it");
		return false;
	}
	/* Of an unknown type, the value is read for its form alone. */
	return dcv_read_value(rd, item->value, type != 0 ? type : DCV_TYPE_TXT, ret);
}

/* The owner for one domain, added as a claim if the record is good. domain NULL: none. False
 * if it is the host that is wrong, which for the next domain would be told again. */
static bool add_one(const struct dcv_read *rd, const struct item *item,
	const struct dcv_yaml_node *domain, struct dcv_claim *claim,
	struct dcv_claim_list *list)
{
	const struct dcv_place at_host = dcv_yaml_place(rd->file, item->host);
	struct dcv_name identifier = {.len = 0};
	struct dcv_place at_domain;
	bool absolute = false;

	if (domain != NULL) {
		at_domain = dcv_yaml_place(rd->file, domain);
		if (!dcv_read_text(rd, "domain", domain) ||
			!dcv_read_identifier(rd, &at_domain, "domain", domain->text,
				domain->len, &identifier))
			return true;
		claim->domain = dcv_name_is_wildcard(&identifier)
			? dcv_name_parent(&identifier, 1)
			: identifier;
	}
	if (!dcv_read_host(rd, &at_host, item->host->text, item->host->len,
		    domain != NULL ? &claim->domain : NULL, &claim->owner, &absolute))
		return false;
	if (absolute && item->domains != NULL && item->domains->n > 1) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &at_host,
			"write only the labels before the domains",
			"host: names one owner, the record several domains");
		return false;
	}
	if (domain == NULL)
		identifier = claim->domain = dcv_read_domain_of(&claim->owner);
	if (claim->domain.len <= 1) {
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &at_host,
			"write the whole name with a final dot",
			"host: no domain is left behind its labels that begin with `_`");
		return false;
	}
	if (claim->rdata.len > 0)
		(void)dcv_claims_add(rd, list, claim, &identifier);
	return true;
}

static void add_all(const struct dcv_read *rd, const struct item *item,
	struct dcv_claim *claim, struct dcv_claim_list *list)
{
	const struct dcv_yaml_node *domains = item->domains;
	struct dcv_place place;
	bool fits = true;

	if (domains == NULL) {
		(void)add_one(rd, item, item->domain, claim, list);
		return;
	}
	place = dcv_yaml_place(rd->file, domains);
	if (item->domain != NULL)
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"keep one of them", "domains: beside `domain:`");
	else if (domains->kind != DCV_YAML_SEQUENCE || domains->n == 0)
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"write domains: [a.example, b.example]",
			"domains: must be a list");
	else
		for (size_t i = 0; i < domains->n && fits; i++)
			fits = add_one(rd, item, domains->children[i], claim, list);
}

static void read_mapping(const struct dcv_read *rd, const struct dcv_yaml_node *map,
	struct dcv_claim_list *list)
{
	static const char *const keys[] = {"domain", "domains", "host", "type", "value",
		NULL};
	const struct item item = {map, dcv_yaml_get(map, "domain"),
		dcv_yaml_get(map, "domains"), dcv_yaml_get(map, "host"),
		dcv_yaml_get(map, "type"), dcv_yaml_get(map, "value"),
		!dcv_read_keys(rd, map, keys)};
	struct dcv_claim claim = {.place = dcv_yaml_place(rd->file, map)};

	claim.type = read_type(rd, &item);
	if (!read_value(rd, &item, claim.type, &claim.rdata) || claim.type == 0)
		claim.rdata = (struct dcv_rdata){0};
	if (item.host == NULL)
		missing(rd, &item, "host",
			"add host: \"@\" if the record stands at the domain");
	else if (item.host->kind != DCV_YAML_SCALAR)
		(void)dcv_read_text(rd, "host", item.host);
	else
		add_all(rd, &item, &claim, list);
}

void dcv_read_record_line(const struct dcv_read *rd, const struct dcv_place *place,
	const char *text, size_t len, struct dcv_claim_list *list)
{
	struct dcv_claim claim = {.place = *place};
	struct dcv_line line = {.type = 0};

	if (!dcv_read_line(rd, place, text, len, &line))
		return;
	claim.owner = line.owner;
	claim.type = line.type;
	claim.rdata = line.rdata;
	claim.domain = dcv_read_domain_of(&line.owner);
	(void)dcv_claims_add(rd, list, &claim, &claim.domain);
}

void dcv_read_record(const struct dcv_read *rd, const struct dcv_yaml_node *item,
	struct dcv_claim_list *list)
{
	const struct dcv_place place = dcv_yaml_place(rd->file, item);

	switch (item->kind) {
	case DCV_YAML_MAPPING:
		read_mapping(rd, item, list);
		return;
	case DCV_YAML_SEQUENCE:
		dcv_diag_add(rd->diags, DCV_SEV_ERROR, DCV_E_ORDER, &place,
			"write - {domain: …, host: …, type: …, value: …}",
			"record: must be a mapping or a line, not a list");
		return;
	case DCV_YAML_SCALAR:
		break;
	}
	if (!dcv_read_text(rd, "record", item))
		return;
	if (item->commented && memchr(item->text, '"', item->len) == NULL)
		dcv_diag_add(rd->diags, DCV_SEV_WARNING, DCV_E_ORDER, &place,
			"put the comment on a line of its own, or the value in quotes",
			"record: the comment on its line is not part of the value");
	dcv_read_record_line(rd, &place, item->text, item->len, list);
}
