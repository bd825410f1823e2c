// SPDX-License-Identifier: BSD-3-Clause
// Copyright the dcvctl authors
//
// Requests made by Cloudflare's own SDK (sim/run.py).
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const Cloudflare = require('cloudflare').default;

const access = JSON.parse(fs.readFileSync(0, 'utf8'));
const options = { baseURL: access.url, maxRetries: 0, apiToken: null, apiKey: null, apiEmail: null };
const client = new Cloudflare({ ...options, apiToken: access.token });
const zone_id = access.zone;
const records = client.dns.records;

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

// The codes of an error, those beneath among them.
async function refused(promise) {
  const error = await promise.then(
    () => assert.fail('not refused'),
    (thrown) => thrown,
  );
  assert.ok(error instanceof Cloudflare.APIError, String(error));
  const codes = error.error.errors.flatMap((one) => [one, ...(one.error_chain ?? [])]);
  return [error.status, ...codes.map((one) => one.code)];
}

const txt = (name, content, more) => ({ zone_id, type: 'TXT', ttl: 300, name: `${name}.${access.name}`, content, ...more });

const tests = {
  async 'token-is-verified'() {
    assert.equal((await client.user.tokens.verify()).status, 'active');
  },
  async 'zones-by-name-and-status'() {
    const found = await all(client.zones.list({ name: access.name, status: 'active' }));
    assert.deepEqual(found.map((one) => one.id), [zone_id]);
    assert.equal(found[0].account.id, access.account);
    assert.equal((await client.zones.get({ zone_id })).name, access.name);
  },
  async 'zones-of-an-account'() {
    const found = await all(client.zones.list({ name: access.name, account: { id: access.other_account } }));
    assert.deepEqual(found.map((one) => one.status).sort(), ['moved', 'pending']);
  },
  async 'internal-zones-only-if-asked'() {
    const found = await all(client.zones.list({ name: access.name, type: ['internal'] }));
    assert.deepEqual(found.map((one) => one.type), ['internal']);
  },
  async 'pages-of-zones'() {
    const found = await all(client.zones.list({ per_page: 5 }));
    assert.equal(found.length, 63);
    assert.equal(new Set(found.map((one) => one.id)).size, 63);
  },
  async 'a-record-lives'() {
    const made = await records.create(txt('_life', '"one"', { comment: 'made by a test' }));
    assert.equal(made.comment, 'made by a test');
    assert.equal(made.proxied, false);
    const same = await all(records.list({ zone_id, type: 'TXT', name: { exact: made.name } }));
    assert.deepEqual(same.map((one) => one.id), [made.id]);
    const edited = await records.edit(made.id, { zone_id, type: 'TXT', name: made.name, ttl: 600, content: '"two"' });
    assert.deepEqual([edited.content, edited.ttl, edited.comment], ['"two"', 600, 'made by a test']);
    const updated = await records.update(made.id, txt('_life', '"three"'));
    assert.deepEqual([updated.content, updated.comment], ['"three"', null]);
    assert.equal((await records.get(made.id, { zone_id })).content, '"three"');
    assert.deepEqual(await records.delete(made.id, { zone_id }), { id: made.id });
    assert.deepEqual(await refused(records.get(made.id, { zone_id })), [404, 81044]);
    assert.deepEqual(await refused(records.delete(made.id, { zone_id })), [404, 81044]);
  },
  async 'pages-of-records'() {
    const posts = [...Array(60).keys()].map((n) => txt(`p${n}`, `"${n}"`));
    await records.batch({ zone_id, posts });
    const found = await all(records.list({ zone_id, name: { startswith: 'p' }, per_page: 7 }));
    assert.equal(found.length, 60);
    await records.batch({ zone_id, deletes: found.map(({ id }) => ({ id })) });
  },
  async 'caa-and-cname'() {
    const caa = await records.create({ zone_id, type: 'CAA', name: access.name, ttl: 3600, data: { flags: 0, tag: 'issue', value: 'ca.example; a=b' } });
    assert.equal(caa.content, '0 issue "ca.example; a=b"');
    const alias = { zone_id, type: 'CNAME', name: `_c.${access.name}`, ttl: 300, content: 'v.ca.example', proxied: false };
    const cname = await records.create(alias);
    assert.deepEqual(await refused(records.create({ ...alias, content: 'w.ca.example' })), [400, 81053]);
    assert.deepEqual(await refused(records.create({ ...alias, type: 'A', content: '192.0.2.1' })), [400, 81054]);
    for (const { id } of [caa, cname]) await records.delete(id, { zone_id });
  },
  async 'what-is-refused'() {
    const made = await records.create(txt('_same', '"same"'));
    assert.deepEqual(await refused(records.create(txt('_same', 'same'))), [400, 81058]);
    assert.deepEqual(await refused(records.create(txt('_ttl', '"x"', { ttl: 30 }))), [400, 1004, 9021]);
    assert.deepEqual(await refused(records.create(txt('_p', '"x"', { proxied: true }))), [400, 1004, 9004]);
    assert.deepEqual(await refused(records.create(txt('_t', '"x"', { tags: ['a:b'] }))), [400, 1004, 9300]);
    assert.deepEqual(await refused(records.create(txt('_u', '"ü"'))), [400, 1004, 9051]);
    await records.delete(made.id, { zone_id });
  },
  async 'a-batch-is-in-order-and-whole'() {
    const old = await records.create(txt('_b', '"old"'));
    const posts = [txt('_b', '"old"'), txt('_b', '"new"')];
    assert.deepEqual(await refused(records.batch({ zone_id, posts })), [400, 81058]);
    const list = () => all(records.list({ zone_id, name: { exact: old.name } }));
    assert.deepEqual((await list()).map((one) => one.id), [old.id]);
    const done = await records.batch({ zone_id, deletes: [{ id: old.id }], posts });
    assert.deepEqual(done.posts.map((one) => one.content), ['"old"', '"new"']);
    assert.deepEqual(done.deletes.map((one) => one.id), [old.id]);
    const patched = await records.batch({ zone_id, patches: [{ id: done.posts[0].id, ttl: 120 }], deletes: [{ id: done.posts[1].id }] });
    assert.equal(patched.patches[0].ttl, 120);
    await records.batch({ zone_id, deletes: (await list()).map(({ id }) => ({ id })) });
    assert.deepEqual(await list(), []);
  },
  async 'the-key-of-an-account'() {
    const by = (apiKey) => new Cloudflare({ ...options, apiKey, apiEmail: access.email });
    assert.equal((await by(access.key).zones.get({ zone_id })).id, zone_id);
    assert.deepEqual(await refused(by('0'.repeat(37)).zones.get({ zone_id })), [403, 9103]);
    assert.deepEqual(await refused(by('short').zones.get({ zone_id })), [400, 6003, 6103]);
  },
  async 'a-token-that-is-none'() {
    const by = (apiToken) => new Cloudflare({ ...options, apiToken });
    assert.deepEqual(await refused(by('x'.repeat(40)).zones.get({ zone_id })), [403, 9109]);
    assert.deepEqual(await refused(by('x'.repeat(40)).user.tokens.verify()), [401, 1000]);
    assert.deepEqual(await refused(by('x').zones.get({ zone_id })), [400, 6003, 6111]);
  },
};

(async () => {
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
      console.log(`ok ${name}`);
    } catch (error) {
      console.log(error.stack);
      console.log(`FAIL ${name}`);
    }
  }
})();
