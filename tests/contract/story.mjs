// What do people do in both systems between two runs, so that every operation has its turn?
//
//   node story.mjs CONTROL_URL leaks|edits|regrets|hired|left|later|looked-at
const [control, chapter] = process.argv.slice(2);
const ask = async (path, body) => {
  const answer = await fetch(control + path, body && { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  const json = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(json)}`);
  return json;
};
const { upguard, highlevel } = await ask("/state");
const edit = (side, entity, id, set) => ask("/edit", { side, entity, id, set });
const taskOf = (threat) => highlevel.tasks.find((it) => it.title === threat.title && it.body.includes("[concordat:"));
const threats = upguard.threats.map((threat) => ({ threat, task: taskOf(threat) })).filter((it) => it.task);
const of = (status) => threats.filter((it) => it.threat.threat_status === status);

if (chapter === "leaks") {
  await ask("/edit", { side: "upguard", entity: "disclosure", create: { description: "Leaked keys" } });
} else if (chapter === "edits") {
  const leaked = highlevel.tasks.find((it) => it.title === "Leaked keys");
  await edit("highlevel", "task", leaked.id, { completed: true });
  for (const contact of highlevel.contacts.filter((it) => it.tags.some((tag) => tag.startsWith("ug:")))) {
    const tags = [...contact.tags, "ug:from-the-crm"];
    await edit("highlevel", "contact", contact.id, { tags, "customFields.contact.vendor_tier": 3 });
  }
  for (const vendor of upguard.vendors) {
    await edit("upguard", "vendor", vendor.id, { labels: (vendor.labels ?? []).slice(1) });
  }
  for (const person of upguard.contacts.filter((it) => it.notes)) {
    await edit("upguard", "contact", person.id, { notes: "Prefers to be called." });
  }
  for (const { task } of [...of("open").slice(0, 1), ...of("remediating").slice(0, 1)]) {
    await edit("highlevel", "task", task.id, { completed: true });
  }
  const [said, closed] = of("investigating");
  await edit("upguard", "threat", said.threat.uuid, { title: `${said.threat.title} (again)` });
  const reference = said.task.body.split("\n").find((it) => it.startsWith("[T-"));
  const note = { contactId: said.task.contactId, body: `${reference} Called them.` };
  await ask("/edit", { side: "highlevel", entity: "note", create: note });
  await edit("highlevel", "task", said.task.id, { assignedTo: "yukiMoriInTheCrm0001" });
  const gone = closed ?? of("open")[1];
  if (gone) await edit("upguard", "threat", gone.threat.uuid, { threat_status: "closed", reason: "false_positive" });
  const known = highlevel.contacts.map((it) => it.email);
  const person = upguard.contacts.find((it) => !it.notes && known.includes(it.email_address));
  await ask("/edit", { side: "upguard", entity: "contact", id: person.id, delete: true });
} else if (chapter === "hired") {
  const { vendor_id } = upguard.contacts.find((it) => it.vendor_id);
  const create = { vendor_id, name: "Zoe Zimmer", email_address: "zoe.zimmer@new.example" };
  await ask("/edit", { side: "upguard", entity: "contact", create });
  const sent = { vendor_id, name: "PCI DSS", due_date: "2030-05-01T00:00:00Z" };
  await ask("/edit", { side: "upguard", entity: "questionnaire", create: sent });
} else if (chapter === "left") {
  // What was made for them is deleted once two days have shown that they are gone.
  const remove = (entity, { id }) => ask("/edit", { side: "upguard", entity, id: `${id}`, delete: true });
  await remove("contact", upguard.contacts.find((it) => it.email_address === "zoe.zimmer@new.example"));
  await remove("questionnaire", upguard.questionnaires.find((it) => it.name === "PCI DSS"));
} else if (chapter === "later") {
} else if (chapter === "looked-at") {
  console.log(highlevel.contacts[0].id, highlevel.businesses[0].id);
} else {
  for (const { task } of of("closed").filter((it) => it.task.completed)) {
    await edit("highlevel", "task", task.id, { completed: false });
  }
}
const hours = ["hired", "left", "later"].includes(chapter) ? 24 : 1;
await ask("/clock", { advance_seconds: hours * 3600 });
