// SPDX-License-Identifier: BSD-3-Clause
// Copyright the dcvctl authors
//
// sdk_hmac.js KEY-ID SECRET: what the signer of Huawei Cloud's SDK has as Authorization of each
// request on standard input, one a line, in JSON as hostile.py makes them.
"use strict";
const { AKSKSigner } = require("@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner");

const [id, secret] = process.argv.slice(2);
const credential = { getAk: () => id, getSk: () => secret };

function queryParams(pairs) {
	const params = Object.create(null);
	for (const [key, value] of pairs)
		(params[key] ||= []).push(value);
	return params;
}

for (const text of require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean)) {
	const one = JSON.parse(text);
	const date = new Date(one.now * 1000).toISOString().replace(/[-:]|\.000/g, "");
	const headers = { ...one.headers, "X-Sdk-Date": date };
	if (one.token)
		headers["X-Security-Token"] = one.token;
	console.log(AKSKSigner.sign({ method: one.method, headers, data: one.data,
		endpoint: `https://${one.host}/${one.path.join("/")}`,
		queryParams: queryParams(one.query) }, credential).Authorization);
}
