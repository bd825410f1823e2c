// SPDX-License-Identifier: BSD-3-Clause
// Copyright the dcvctl authors
//
// Requests of Huawei Cloud's own SDK, which is said to be served. It has no package for DNS and SCM
// in this language: its core makes and signs those requests from the same description that such a
// package holds, a method, a path with parameters and a query.
"use strict";
const assert = require("assert");
const CORE = "@huaweicloud/huaweicloud-sdk-core";
const core = { ...require(CORE), ...require(CORE + "/ClientBuilder"),
	...require(CORE + "/HcClient"), ...require(CORE + "/http/DefaultHttpClient") };
const iam = require("@huaweicloud/huaweicloud-sdk-iam/v3/public-api");

const told = JSON.parse(require("fs").readFileSync(0, "utf8"));
const SETS = "/v2.1/zones/{zone_id}/recordsets";

function credentials(access, secret, token) {
	return new core.BasicCredentials().withAk(access).withSk(secret)
		.withProjectId(told.project_id).withSecurityToken(token);
}

function client(credential) {
	return new core.ClientBuilder((made) => made).withEndpoint(told.endpoint)
		.withCredential(credential).build();
}

const ours = client(credentials(told.access_key, told.secret_key));

function send(by, method, url, { path = {}, query = {}, headers = {}, data } = {}) {
	return by.sendRequest({ method, url, contentType: "application/json", queryParams: query,
		pathParams: path, headers, data });
}

const get = (url, query, path) => send(ours, "GET", url, { query, path });

// What the SDK makes of an answer that refuses: it knows the gateway's codes, not those of DNS.
async function refused(status, code, promise) {
	await assert.rejects(promise, (error) => {
		assert.deepStrictEqual([error.httpStatusCode, error.errorCode],
			[status, code.startsWith("DNS.") ? undefined : code]);
		return true;
	});
}

async function zone() {
	const found = await get("/v2/zones", { type: "public", name: told.zone,
		search_mode: "equal", limit: 500 });
	assert.deepStrictEqual(found.zones.map((one) => one.name), [told.zone]);
	return { zone_id: found.zones[0].id };
}

async function settled(path, recordset_id) {
	for (let tries = 0; tries < 5; tries++) {
		const one = await get(SETS + "/{recordset_id}", {}, { ...path, recordset_id });
		if (one.status !== "PENDING_CREATE" && one.status !== "PENDING_UPDATE")
			return one;
	}
	throw new Error("it stays pending");
}

async function create(data) {
	const path = await zone();
	const made = await send(ours, "POST", SETS, { path, data });
	assert.strictEqual(made.httpStatusCode, 202);
	assert.strictEqual(made.status, "PENDING_CREATE");
	return [path, await settled(path, made.id)];
}

const TESTS = {
	"zone-by-name": zone,
	"zones-by-page": async () => {
		let seen = [], marker, next;
		do {
			const page = await get("/v2/zones", { type: "public", name: told.zone, limit: 200,
				...(marker && { marker }) });
			seen = seen.concat(page.zones.map((one) => one.name));
			next = page.links.next;
			marker = next && new URL(next).searchParams.get("marker");
		} while (next);
		assert.ok(seen.length > 500 && seen.includes(told.zone));
		assert.strictEqual(new Set(seen).size, seen.length);
	},
	"life-of-a-set": async () => {
		const name = "_dnsauth." + told.zone;
		const [path, made] = await create({ name, type: "TXT", ttl: 300,
			description: "dcvctl order=1, \u00e9", records: ['"a; b=c + d~*"'] });
		assert.strictEqual(made.status, "ACTIVE");
		assert.deepStrictEqual(made.records, ['"a; b=c + d~*"']);
		assert.deepStrictEqual([made.line, made.weight, made.ttl], ["default_view", 1, 300]);
		const set = { ...path, recordset_id: made.id };
		const changed = await send(ours, "PUT", SETS + "/{recordset_id}", { path: set,
			data: { name, type: "TXT", records: ['"e"', '"f" "g"'] } });
		assert.strictEqual(changed.status, "PENDING_UPDATE");
		assert.strictEqual((await settled(path, made.id)).ttl, 300);
		const gone = await send(ours, "DELETE", SETS + "/{recordset_id}", { path: set });
		assert.strictEqual(gone.status, "PENDING_DELETE");
		await get(SETS + "/{recordset_id}", {}, set);
		await refused(404, "DNS.0313", get(SETS + "/{recordset_id}", {}, set));
	},
	"wildcard-and-underscores-in-a-query": async () => {
		const [path, made] = await create({ name: "*._a-b." + told.zone, type: "CNAME",
			records: ["a.validation.example"] });
		const found = await get(SETS, { name: made.name, type: "CNAME", search_mode: "equal",
			limit: 1 }, path);
		assert.deepStrictEqual(found.recordsets.map((one) => one.records),
			[["a.validation.example."]]);
	},
	"odd-queries": async () => {
		for (const name of ["a b", "a+b", "~*", "\u00e4\u4e2d\ud83d\ude00", "a&b=c", "%2A", "a/b?"])
			assert.deepStrictEqual((await get("/v2/zones", { name })).zones, []);
		await get("/v2/zones", { type: "", name: "" });
	},
	"batch": async () => {
		const [path, one] = await create({ name: "b1." + told.zone, type: "TXT",
			records: ['"1"'] });
		const [, two] = await create({ name: "b2." + told.zone, type: "TXT", records: ['"2"'] });
		const data = { recordsets: [one, two].map(({ id }) => ({ id, records: ['"3"'] })) };
		assert.strictEqual((await send(ours, "PUT", SETS, { path, data })).recordsets.length, 2);
		await settled(path, one.id);
		await settled(path, two.id);
		const gone = await send(ours, "DELETE", SETS, { path,
			data: { recordset_ids: [one.id, two.id, "0"] } });
		assert.strictEqual(gone.metadata.total_count, 2);
	},
	"caa": async () => {
		const [, made] = await create({ name: "caa." + told.zone, type: "CAA",
			records: ['0 issue "digicert.com; account=1"', '128 issuewild ";"'] });
		assert.strictEqual(made.records.length, 2);
	},
	"conflict-is-told": async () => {
		const path = await zone();
		await refused(400, "DNS.0312", send(ours, "POST", SETS, { path,
			data: { name: told.zone, type: "TXT", records: ['"x"'] } }));
	},
	"no-such-zone": async () => {
		await refused(404, "DNS.0302", get(SETS, {}, { zone_id: "0" }));
	},
	"certificate": async () => {
		const one = await get("/v3/scm/certificates/{certificate_id}", {},
			{ certificate_id: told.certificate });
		assert.strictEqual(one.authentification.length, 3);
	},
	"iam-project": async () => {
		const made = iam.IamClient.newBuilder().withEndpoint(told.endpoint).withCredential(
			new core.GlobalCredentials().withAk(told.access_key).withSk(told.secret_key)
				.withDomainId("1")).build();
		const request = new iam.KeystoneListProjectsRequest();
		request.name = told.region;
		const { projects } = await made.keystoneListProjects(request);
		assert.deepStrictEqual(projects.map((one) => one.id), [told.project_id]);
	},
	"project-of-a-region": async () => {
		const credential = new core.BasicCredentials().withAk(told.access_key)
			.withSk(told.secret_key).withIamEndpoint(told.endpoint);
		const made = new core.ClientBuilder((one) => one).withCredential(credential)
			.withRegion({ id: told.region, endpoints: [told.endpoint] }).build();
		await send(made, "GET", "/v2/zones", { query: { limit: 1 } });
		assert.strictEqual(credential.projectId, told.project_id);
	},
	"iam-token": async () => {
		const user = { name: told.username, password: told.password,
			domain: { name: told.domain_name } };
		const made = await send(new core.HcClient(new core.DefaultHttpClient({},
			[told.endpoint])).withEndpoints([told.endpoint]), "POST", "/v3/auth/tokens",
			{ data: { auth: { identity: { methods: ["password"], password: { user } },
				scope: { project: { name: told.project_name } } } } });
		assert.strictEqual(made.httpStatusCode, 201);
	},
	"temporary-key": async () => {
		const token = await (await fetch(told.endpoint + "/meta-data/latest/api/token", {
			method: "PUT", headers: { "X-Metadata-Token-Ttl-Seconds": "60" } })).text();
		const { credential } = await (await fetch(told.endpoint +
			"/openstack/latest/securitykey", { headers: { "X-Metadata-Token": token } })).json();
		const made = client(credentials(credential.access, credential.secret,
			credential.securitytoken));
		await send(made, "GET", "/v2/zones", { query: { limit: 1 } });
		await refused(401, "APIGW.0301", send(client(credentials(credential.access,
			credential.secret)), "GET", "/v2/zones"));
	},
	"wrong-secret": async () => {
		await refused(401, "APIGW.0301", send(client(credentials(told.access_key, "another")),
			"GET", "/v2/zones"));
	},
};

(async () => {
	let failed = 0;
	for (const [name, test] of Object.entries(TESTS)) {
		try {
			await test();
			console.log("ok " + name);
		} catch (error) {
			failed++;
			console.log(error.stack || JSON.stringify(error));
			console.log("FAIL " + name);
		}
	}
	process.exit(failed ? 1 : 0);
})();
