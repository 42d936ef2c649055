-- The made-up demands as an import takes them: a JSON object a line.
SELECT json_strip_nulls(json_build_object('collection', 'demands', 'slug', d.slug, 'proposal', p.slug, 'account', a.slug,
    'part', part.key, 'position', d.position, 'number', d.number, 'title', d.title, 'text', d.text, 'quote', d.quote,
    'act', d.act,
    'claimants', (SELECT json_agg(party.slug ORDER BY x.position) FROM demand_party x JOIN party ON party.id = x.party_id
        WHERE x.demand_id = d.id AND role = 'claimant'),
    'addressees', (SELECT json_agg(party.slug ORDER BY x.position) FROM demand_party x JOIN party ON party.id = x.party_id
        WHERE x.demand_id = d.id AND role = 'addressee'),
    'beneficiaries', (SELECT json_agg(party.slug ORDER BY x.position) FROM demand_party x JOIN party ON party.id = x.party_id
        WHERE x.demand_id = d.id AND role = 'beneficiary'),
    'issues', (SELECT json_agg(json_build_object('issue', i.code, 'is_primary', x.is_primary) ORDER BY x.position)
        FROM demand_issue x JOIN issue i ON i.id = x.issue_id WHERE x.demand_id = d.id),
    'places', (SELECT json_agg(place.slug ORDER BY x.position) FROM demand_place x JOIN place ON place.id = x.place_id
        WHERE x.demand_id = d.id)))::text
FROM demand d JOIN proposal p ON p.id = d.proposal_id JOIN account a ON a.id = d.account_id
LEFT JOIN part ON part.id = d.part_id
ORDER BY d.id
