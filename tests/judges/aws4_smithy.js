// SPDX-License-Identifier: BSD-3-Clause
// Copyright the dcvctl authors
//
// aws4_smithy.js KEY-ID SECRET REGION SERVICE: what the signer of AWS's SDKs for JavaScript has as
// Authorization of each request on standard input, one a line, in JSON as hostile.py makes them. The
// path is taken as it is sent, the query for what it means.
"use strict";
const { Sha256 } = require("@aws-crypto/sha256-js");
const { HttpRequest } = require("@smithy/protocol-http");
const { SignatureV4 } = require("@smithy/signature-v4");

const [accessKeyId, secretAccessKey, region, service] = process.argv.slice(2);

function query(pairs) {
	const values = Object.create(null);
	for (const [key, value] of pairs)
		(values[key] ||= []).push(value);
	return values;
}

async function authorization(one) {
	const signer = new SignatureV4({ service, region, sha256: Sha256, applyChecksum: false,
		credentials: { accessKeyId, secretAccessKey, sessionToken: one.token || undefined } });
	const signed = await signer.sign(new HttpRequest({ method: one.method, protocol: "https:",
		hostname: one.host, path: one.target.split("?")[0], query: query(one.query),
		headers: { ...one.headers, host: one.host }, body: one.body || undefined }),
		{ signingDate: new Date(one.now * 1000) });
	return signed.headers.authorization;
}

async function main() {
	for (const text of require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean))
		console.log(await authorization(JSON.parse(text)));
}

main();
