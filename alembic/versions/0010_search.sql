-- The functions of search. Three names in braces are filled in by the migration: the schema that
-- holds the extensions, the languages as branches of a case, and the bound tenant.

-- The configuration of a tenant's language; words of other languages are taken as they are.
create function search_language(locale text) returns regconfig
language sql immutable parallel safe as $$
  select case lower(split_part(locale, '-', 1))
{languages}
    else 'public.portal_simple'::pg_catalog.regconfig
  end
$$;

-- Lower-case letters without accents.
create function search_fold(plain text) returns text
language sql immutable strict parallel safe as $$
  select lower({schema}.unaccent('{schema}.unaccent', plain))
$$;

-- Numbers, references and addresses: every run of signs that has a digit or an at sign, without
-- what people write between the digits or leave out, so that a part of it can be found.
create function search_codes(plain text) returns text
language sql immutable strict parallel safe as $$
  select coalesce(string_agg(code, ' '), '')
  from (
    select distinct left(regexp_replace(found[1], '[^[:alnum:]@]+', '', 'g'), 64) as code
    from regexp_matches(lower(plain), '[[:alnum:]][[:alnum:]@._/+#-]*', 'g') as found
    where found[1] ~ '[0-9@]'
    limit 500
  ) as codes
$$;

-- A ticket's subject with one of its messages, as the index keeps them. The subject stands in it
-- twice: as the language stems it, and as it is written, for the beginning of a word.
create function search_document(
  locale text, subject text, body text, out words tsvector, out codes text
) language sql immutable parallel safe as $$
  select
    setweight(
      to_tsvector('public.portal_simple', subject)
        || to_tsvector(public.search_language(locale), subject),
      'A'
    ) || setweight(to_tsvector(public.search_language(locale), left(body, 65536)), 'C'),
    public.search_codes(subject || ' ' || left(body, 65536))
$$;

-- What is looked for, in the tenant's language: everything of `all_of`, in the signs that
-- websearch_to_tsquery knows, and a word that begins as `last` does.
create function search_query(in_tenant bigint, all_of text, last text) returns tsquery
language plpgsql stable parallel safe as $$
declare
  language regconfig := public.search_language(
    (select locale from public.tenants where id = in_tenant)
  );
  beginning text := '''' || replace(replace(last, '\', '\\'), '''', '''''') || ''':*';
  wanted tsquery := websearch_to_tsquery(language, all_of);
  ending tsquery;
begin
  if last <> '' then
    ending := to_tsquery(language, beginning);
    -- A word that is in every text is left out, unless nothing else was typed yet.
    if numnode(ending) > 0 or numnode(wanted) = 0 then
      wanted := wanted && (ending || to_tsquery('public.portal_simple', beginning));
    end if;
  end if;
  return wanted;
end
$$;

-- The one reader of the index of tickets. It runs as its owner, because row-level security would
-- keep the index from being used, and so looks itself at everything that row-level security and
-- the pages look at: the tenant is the bound one; the reader is one of its people; a customer
-- finds public messages of their own tickets, of those they are in copy of, and of their
-- organisation's where it shares them.
-- It gives keys and ranks, never a word.
--
-- `all_of` and `last`: as of search_query. `codes`: parts of numbers and addresses; with `loose`,
-- nearly so. `among`: the tickets that the caller's filters leave, the newest first, cut at 2000.
--
-- A common word is in very many messages, and the index gives them in no order. So a hundred of the
-- newest tickets are looked at first. Where many of them have the words, the newest ones are walked
-- until 300 have them; otherwise a thousand entries are taken from the index as they come, and only
-- if there are more, the newest tickets are walked as well. `more` is true when there are hits that
-- were not looked at.
create function search_tickets(
  in_tenant bigint, reader bigint, all_of text, last text, codes text[], loose boolean,
  among bigint[]
) returns table (ticket_number bigint, message_id bigint, rank real, more boolean)
language plpgsql stable security definer rows 500
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_indexscan = on
as $$
#variable_conflict use_column
declare
  widest constant integer := 2000;
  most_taken constant integer := 1000;
  most_walked constant integer := 300;
  probed constant integer := 100;
  common constant integer := 20;
  is_staff boolean;
  organisation bigint;
  wanted tsquery := public.search_query(in_tenant, all_of, last);
  ranked tsquery;
  code text;
  other_codes text[] := '{}';
  complete boolean := false;
  from_index boolean;
  taken boolean := false;
  numbers bigint[];
  messages bigint[];
  ranks real[];
begin
  if in_tenant is null or in_tenant is distinct from {bound_tenant} then
    raise insufficient_privilege using message = 'search: the tenant is not the bound one';
  end if;
  select u.role <> 'customer', case when o.shared then o.id end into is_staff, organisation
  from public.users u
  left join public.organisations o on o.tenant_id = u.tenant_id and o.id = u.organisation_id
  where u.tenant_id = in_tenant and u.id = reader and u.disabled_at is null;
  if not found then
    raise insufficient_privilege using message = 'search: the reader is not of the tenant';
  end if;

  if codes is not null and cardinality(codes) > 0 then
    code := regexp_replace(lower(codes[1]), '[^[:alnum:]@]+', '', 'g');
    other_codes := array(
      select '%' || regexp_replace(lower(each), '[^[:alnum:]@]+', '', 'g') || '%'
      from unnest(codes[2:]) as each
    );
  end if;
  if numnode(wanted) = 0 then
    wanted := null;
  end if;
  if wanted is null and code is null then
    return;
  end if;
  -- Every word counts where it stands: of words that all must be there, ts_rank asks how near to
  -- each other they are, and one in the subject is far from one in the message.
  ranked := replace(wanted::text, ' & ', ' | ')::tsquery;
  if loose then
    perform set_config('pg_trgm.word_similarity_threshold', '0.5', true);
  else
    code := '%' || code || '%';
  end if;

  if not is_staff then
    -- Only these are read of a customer's search, while they are not very many: how long it takes
    -- says nothing about the tickets of others.
    among := array(
      select seen.number
      from (
        select t.number, t.updated_at from public.tickets t
        where t.tenant_id = in_tenant and t.requester_id = reader
        union
        select t.number, t.updated_at from public.tickets t
        where t.tenant_id = in_tenant and t.organisation_id = organisation
        union
        select t.number, t.updated_at from public.ticket_followers f
        join public.tickets t on t.tenant_id = f.tenant_id and t.number = f.ticket_number
        where f.tenant_id = in_tenant and f.user_id = reader and f.kind = 'cc'
      ) as seen
      where among is null or seen.number = any (among)
      order by seen.updated_at desc, seen.number desc limit widest
    );
  end if;
  complete := among is not null and cardinality(among) < widest;
  -- Nothing but words to leave out: then no index says what is left.
  from_index := (is_staff or not complete)
    and (code is not null or querytree(wanted) not in ('', 'T'));

  if among is null then
    among := array(
      select t.number from public.tickets t where t.tenant_id = in_tenant
      order by t.updated_at desc, t.number desc limit widest
    );
    complete := cardinality(among) < widest;
  end if;
  if from_index then
    -- By the key, not by the words: OFFSET keeps the two apart.
    select count(*) < common into from_index
    from unnest(among[1:probed]) as a (number)
    where exists (
      select from (
        select i.words, i.codes from public.search_entries i
        where i.tenant_id = in_tenant and i.ticket_number = a.number
          and (is_staff or i.is_public)
        offset 0
      ) as h
      where (wanted is null or h.words @@ wanted)
        and (code is null or loose or h.codes like code)
        and (code is null or not loose or code operator({schema}.<%) h.codes)
        and h.codes like all (other_codes)
    );
  end if;

  if from_index then
    perform set_config('enable_indexscan', 'off', true);
    select array_agg(h.ticket_number), array_agg(h.message_id), array_agg(h.rank)
    into numbers, messages, ranks
    from (
      select e.ticket_number, e.message_id,
        case when wanted is null then 0.1 else ts_rank(e.words, ranked) end::real as rank
      from public.search_entries e
      where array[e.tenant_id] @> array[in_tenant]
        and (is_staff or e.is_public)
        and (wanted is null or e.words @@ wanted)
        and (code is null or loose or e.codes like code)
        and (code is null or not loose or code operator({schema}.<%) e.codes)
        and e.codes like all (other_codes)
        and (not complete or e.ticket_number = any (among))
      limit most_taken
    ) as h;
    taken := coalesce(cardinality(numbers) = most_taken, false);
    return query
    select h.number, h.message, h.rank, taken and not complete
    from unnest(numbers, messages, ranks) as h (number, message, rank)
    where is_staff or exists (
      select from public.tickets t
      where t.tenant_id = in_tenant and t.number = h.number
        and (
          t.requester_id = reader or t.organisation_id = organisation or exists (
            select from public.ticket_followers f
            where f.tenant_id = in_tenant and f.ticket_number = t.number
              and f.user_id = reader and f.kind = 'cc'
          )
        )
    );
    if not taken then
      return;
    end if;
  end if;

  perform set_config('enable_indexscan', 'on', true);
  return query
  select a.number, e.message_id, e.rank, not complete
  from unnest(among) with ordinality as a (number, place)
  cross join lateral (
    select h.message_id,
      case when wanted is null then 0.1 else ts_rank(h.words, ranked) end::real as rank
    from (
      select i.message_id, i.words, i.codes from public.search_entries i
      where i.tenant_id = in_tenant and i.ticket_number = a.number and (is_staff or i.is_public)
      offset 0
    ) as h
    where (wanted is null or h.words @@ wanted)
      and (code is null or loose or h.codes like code)
      and (code is null or not loose or code operator({schema}.<%) h.codes)
      and h.codes like all (other_codes)
    order by rank desc, h.message_id desc
    limit 1
  ) as e
  order by a.place
  limit case when complete then null else most_walked end;
end
$$;

-- People and organisations by parts of their names and addresses; with `loose`, by what nearly is
-- one. For staff alone; the same rights and the same care as above.
create function search_people(
  in_tenant bigint, reader bigint, parts text[], loose boolean, most integer
) returns table (kind text, named_id bigint, rank real)
language plpgsql stable security definer rows 10
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  folded_parts text[] := array(
    select public.search_fold(each) from unnest(parts) as each where each <> ''
  );
  whole text := array_to_string(folded_parts, ' ');
  longest text := (
    select each from unnest(folded_parts) as each order by length(each) desc, each limit 1
  );
begin
  if in_tenant is null or in_tenant is distinct from {bound_tenant} then
    raise insufficient_privilege using message = 'search: the tenant is not the bound one';
  end if;
  perform from public.users u
  where u.tenant_id = in_tenant and u.id = reader
    and u.role <> 'customer' and u.disabled_at is null;
  if not found then
    raise insufficient_privilege using message = 'search: the reader is not of the staff';
  end if;
  if whole = '' then
    return;
  end if;
  folded_parts := array(
    select '%' || replace(replace(replace(each, '\', '\\'), '%', '\%'), '_', '\_') || '%'
    from unnest(folded_parts) as each
  );
  perform set_config('pg_trgm.word_similarity_threshold', '0.39', true);
  return query
  select n.kind, n.named_id, {schema}.word_similarity(whole, n.folded)
  from public.search_names n
  where array[n.tenant_id] @> array[in_tenant]
    and (loose or n.folded like
      '%' || replace(replace(replace(longest, '\', '\\'), '%', '\%'), '_', '\_') || '%')
    and (loose or n.folded like all (folded_parts))
    and (not loose or whole operator({schema}.<%) n.folded)
  order by {schema}.word_similarity(whole, n.folded) desc,
    position(whole in n.folded) <> 1, n.folded, n.named_id
  limit least(most, 50);
end
$$;

-- The index follows the rows in the same transaction. These run as whoever writes, whom the
-- tables' row-level security binds.
create function index_new_tickets() returns trigger language plpgsql as $$
begin
  insert into search_entries
    (tenant_id, ticket_number, message_id, is_public, locale, words, codes)
  select t.tenant_id, t.number, 0, true, n.locale, d.words, d.codes
  from added t join tenants n on n.id = t.tenant_id
  cross join lateral search_document(n.locale, t.subject, '') d;
  return null;
end
$$;

create trigger index_new_tickets after insert on tickets
referencing new table as added for each statement execute function index_new_tickets();

create function index_new_messages() returns trigger language plpgsql as $$
begin
  insert into search_entries
    (tenant_id, ticket_number, message_id, is_public, locale, words, codes)
  select t.tenant_id, t.number, m.id, m.kind = 'reply', n.locale, d.words, d.codes
  from added m join tenants n on n.id = m.tenant_id
  join tickets t on t.tenant_id = m.tenant_id and t.number = m.ticket_number
  cross join lateral search_document(n.locale, t.subject, m.body) d;
  return null;
end
$$;

create trigger index_new_messages after insert on messages
referencing new table as added for each statement execute function index_new_messages();

create function index_subject() returns trigger language plpgsql as $$
begin
  update search_entries e set words = d.words, codes = d.codes, locale = n.locale
  from tenants n, search_entries o
  left join messages m on m.tenant_id = o.tenant_id and m.id = o.message_id
  cross join lateral (select coalesce(m.body, '') as body) b
  , lateral search_document(n.locale, new.subject, b.body) d
  where n.id = new.tenant_id
    and o.tenant_id = new.tenant_id and o.ticket_number = new.number
    and e.tenant_id = o.tenant_id and e.ticket_number = o.ticket_number
    and e.message_id = o.message_id;
  return null;
end
$$;

create trigger index_subject after update of subject on tickets
for each row when (old.subject is distinct from new.subject) execute function index_subject();

create function index_message() returns trigger language plpgsql as $$
begin
  delete from search_entries e
  where e.tenant_id = old.tenant_id and e.ticket_number = old.ticket_number
    and e.message_id = old.id;
  if tg_op = 'UPDATE' then
    insert into search_entries
      (tenant_id, ticket_number, message_id, is_public, locale, words, codes)
    select t.tenant_id, t.number, new.id, new.kind = 'reply', n.locale, d.words, d.codes
    from tickets t join tenants n on n.id = t.tenant_id
    cross join lateral search_document(n.locale, t.subject, new.body) d
    where t.tenant_id = new.tenant_id and t.number = new.ticket_number;
  end if;
  return null;
end
$$;

create trigger index_message after update of ticket_number, kind, body or delete on messages
for each row execute function index_message();

create function index_person() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from search_names
    where tenant_id = old.tenant_id and kind = 'person' and named_id = old.id;
  else
    insert into search_names (tenant_id, kind, named_id, folded)
    values (new.tenant_id, 'person', new.id, search_fold(new.name || ' ' || new.email))
    on conflict (tenant_id, kind, named_id) do update set folded = excluded.folded;
  end if;
  return null;
end
$$;

create trigger index_person after insert or update of name, email or delete on users
for each row execute function index_person();

create function index_organisation() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from search_names
    where tenant_id = old.tenant_id and kind = 'organisation' and named_id = old.id;
  else
    insert into search_names (tenant_id, kind, named_id, folded)
    values (new.tenant_id, 'organisation', new.id, search_fold(new.name))
    on conflict (tenant_id, kind, named_id) do update set folded = excluded.folded;
  end if;
  return null;
end
$$;

create trigger index_organisation after insert or update of name or delete on organisations
for each row execute function index_organisation();
