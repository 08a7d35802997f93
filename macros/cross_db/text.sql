{#-
  Text and regular expressions. Expressions are plain text in the syntax that RE2 and Java share:
  classes such as [0-9], groups, (?i), no look-around and no back references in the pattern.
  A `$` at the end means the very end of the text on both engines. Case-insensitive matching folds
  ASCII letters only on Spark: lower() the text first where it matters.
-#}

{#- A pattern as SQL literal; see text_literal. Java's closing `$` would let a line feed pass. -#}
{%- macro regex_literal(re) -%}
    {%- if on_spark() and re.endswith('$') and not re.endswith('\\$') -%}
        {%- set re = re[:-1] ~ '(?![^$]|[$])' -%}
    {%- endif -%}
    {{- return(text_literal(re)) -}}
{%- endmacro -%}

{#- True if the text contains a match; anchor with ^ and $ for the whole text. Null gives null. -#}
{%- macro matches_regex(s, re) -%}
    {{ 'regexp_like' if on_spark() else 'regexp_matches' }}({{ s }}, {{ regex_literal(re) }})
{%- endmacro -%}

{#-
  Every match replaced.
    to  plain text; $1 … $9 stand for the groups of the pattern
-#}
{%- macro replace_regex(s, re, to) -%}
    {%- set regex = modules.re -%}
    {%- if on_spark() -%}
        {%- set to = regex.sub('([$](?![1-9])|[\\\\])', '\\\\\\1', to) -%}
        regexp_replace({{ s }}, {{ regex_literal(re) }}, {{ text_literal(to) }})
    {%- else -%}
        {%- set to = regex.sub('[$]([1-9])', '\\\\\\1', to | replace('\\', '\\\\')) -%}
        regexp_replace({{ s }}, {{ regex_literal(re) }}, {{ text_literal(to) }}, 'g')
    {%- endif -%}
{%- endmacro -%}

{#- The first match, or one of its groups; null if there is none or it is empty. -#}
{%- macro extract_regex(s, re, group=0) -%}
    nullif(regexp_extract({{ s }}, {{ regex_literal(re) }}, {{ group }}), '')
{%- endmacro -%}

{#- True if the text begins with the other one (an expression); null if either is null. -#}
{%- macro has_prefix(s, prefix) -%}
    {{ 'startswith' if on_spark() else 'starts_with' }}({{ s }}, {{ prefix }})
{%- endmacro -%}

{#-
  True if the text is one of a list, as `in` is. DuckDB joins a list of five and more as a table,
  once for every such condition: it gets shorter ones.
    texts  list of plain texts
-#}
{%- macro is_one_of(text, texts) -%}
    (
    {%- for some_texts in texts | batch(texts | length if on_spark() else 4) -%}
        {{ ' or ' if not loop.first }}{{ text }} in ('{{ some_texts | join("', '") }}')
    {%- endfor -%}
    )
{%- endmacro -%}

{#-
  Aggregate: the values as one text in the order of `order_key`, equal keys in the order of the
  values, null keys first (last if descending). Null values are left out; no value gives null.
    separator  plain text
-#}
{%- macro ordered_string_agg(value, separator, order_key, descending=false) -%}
    {%- set direction = 'desc nulls last' if descending else 'asc nulls first' -%}
    {%- set text = as_text(value) -%}
    {%- set literal = text_literal(plain_text(separator, 'the separator')) -%}
    {%- set order = order_key ~ ' ' ~ direction ~ ', ' ~ text ~ (' desc' if descending else '') -%}
    {%- if on_spark() -%}
        listagg({{ text }}, {{ literal }}) within group (order by {{ order }})
    {%- else -%}
        string_agg({{ text }}, {{ literal }} order by {{ order }})
    {%- endif -%}
{%- endmacro -%}

{#-
  Text of a value. The same on both engines for text, whole numbers, decimals, booleans
  (true, false), dates and timestamps; not for doubles, which each engine writes in its own way:
  cast those to a decimal first.
-#}
{%- macro as_text(x) -%}
    cast({{ x }} as string)
{%- endmacro -%}

{#- A number as text with thousands marks (1,234,567 or 1,234.50), rounded half away from zero; null for null. -#}
{%- macro grouped_number(x, places=0) -%}
    {%- set rounded = 'cast(' ~ to_decimal(x, places) ~ ' as double)' -%}
    {%- if on_spark() -%}
        format_number({{ rounded }}, {{ places }})
    {%- else -%}
        case when {{ x }} is not null then format('{:,.{{ places }}f}', {{ rounded }}) end
    {%- endif -%}
{%- endmacro -%}

{#- True if the text has no character beyond ASCII; null for null. -#}
{%- macro is_ascii(s) -%}
    {{ 'octet_length' if on_spark() else 'strlen' }}({{ s }}) = length({{ s }})
{%- endmacro -%}

{#-
  Full-width letters, digits and signs (U+FF01 to U+FF5E, and the signs of yen, pound, cent and won)
  as plain ones, and the spaces of typography (U+00A0, U+2000 to U+200A, U+202F, U+3000) as a space:
  what the Unicode form NFKC makes of them. Other characters stay as they are.
-#}
{%- macro fold_width(s) -%}
    {%- set wide = '＂＇＼！＃＄％＆（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～￥￡￠￦' -%}
    {%- set plain = '"' ~ "'" ~ '\\!#$%&()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~¥£¢₩' -%}
    {%- set spaces = '\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000' -%}
    translate({{ s }}, {{ text_literal(wide ~ spaces) }}, {{ text_literal(plain ~ ' ' * (spaces | length)) }})
{%- endmacro -%}

{#-
  True if the text has a character outside a class; null for null.
    characters  plain text as between the brackets of a regular expression, ranges of ASCII and no
                [ ] \ ^ in it: `a-z0-9_`, a minus at the end stands for itself
-#}
{%- macro has_other_than(s, characters) -%}
    {#- DuckDB works out a glob once a dictionary entry, a regular expression once a row -#}
    {%- if on_spark() -%}
        {{ matches_regex(s, '[^' ~ characters ~ ']') }}
    {%- else -%}
        ({{ s }} glob '*[!{{ characters }}]*')
    {%- endif -%}
{%- endmacro -%}

{#- True if so many characters of a class stand side by side somewhere in the text; see has_other_than. -#}
{%- macro has_run_of(s, characters, count) -%}
    {%- if on_spark() -%}
        {{ matches_regex(s, '[' ~ characters ~ ']{' ~ count ~ '}') }}
    {%- else -%}
        ({{ s }} glob '*{{ ('[' ~ characters ~ ']') * count }}*')
    {%- endif -%}
{%- endmacro -%}

{#- SHA-256 of a text as 64 hexadecimal digits. -#}
{%- macro sha256_hex(s) -%}
    {%- if on_spark() -%}
        sha2({{ as_text(s) }}, 256)
    {%- else -%}
        sha256({{ as_text(s) }})
    {%- endif -%}
{%- endmacro -%}

{#-
  A whole number from 0 to 2^60 - 1 that depends only on the text, the same on both engines:
  for sampling, buckets and stable random numbers (divide by 1152921504606846976e0).
  Not a secret and not unique.
-#}
{%- macro hash_60bit(s) -%}
    {%- set digits = 'substr(md5(' ~ as_text(s) ~ '), 1, 15)' -%}
    {%- if on_spark() -%}
        cast(conv({{ digits }}, 16, 10) as bigint)
    {%- else -%}
        cast(('0x' || {{ digits }}) as bigint)
    {%- endif -%}
{%- endmacro -%}
