-- What a comparison stands at is one field now. Without this an open rollout would take "asked often enough" for a lack of data.
update rollout set verdicts = (
  select coalesce(jsonb_agg(
    (v - 'enough' - 'leans') || case
      when v ->> 'enough' = 'true' then '{"standing": "not_worse"}'::jsonb
      when v ->> 'leans' = 'true' then '{"standing": "leans"}'::jsonb
      else '{}'::jsonb end
    order by i), '[]'::jsonb)
  from jsonb_array_elements(verdicts) with ordinality as e (v, i)
) where verdicts @? '$[*] ? (exists(@.enough) || exists(@.leans))';

-- Only a weight that was read back, or a deployment, moved traffic; any other moment was that of a change from outside being settled.
update rollout r set steps = (
  select jsonb_agg(case
    when s ->> 'trafficAt' is not null and kind <> 'deploy' and (kind <> 'setWeight' or s ->> 'state' <> 'passed')
      then s || jsonb_build_object('trafficAt', null, 'measuredFrom', s -> 'trafficAt')
    else s end order by i)
  from (
    select s, i, coalesce(r.plan -> 'steps' -> (i - 1)::int ->> 'kind', '') as kind
    from jsonb_array_elements(r.steps) with ordinality as e (s, i)
  ) each
) where steps @? '$[*] ? (@.trafficAt != null)';
