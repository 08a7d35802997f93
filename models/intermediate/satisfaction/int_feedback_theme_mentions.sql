{#-
  One row per answer with a text or a named theme, and theme found in it: by the terms of the seed
  feedback_theme_terms, or by the theme that the survey tool named. Texts end here: only keys and
  themes go on.
-#}
with

surveys as (

    select * from {{ ref('stg_feedback__survey_responses') }}

),

reviews as (

    select * from {{ ref('stg_feedback__reviews') }}

),

terms as (

    select * from {{ ref('feedback_theme_terms') }}

),

definitions as (

    select * from {{ ref('feedback_theme_definitions') }}

),

answers as (

    select
        concat('survey:', response_id) as answer_id,
        'survey_responses' as source_table,
        responded_at as answered_at,
        theme as named_theme,
        lower(verbatim) as answer_text
    from surveys
    where verbatim is not null or theme is not null

    union all

    select
        concat('review:', review_id) as answer_id,
        'reviews' as source_table,
        reviewed_at as answered_at,
        cast(null as string) as named_theme,
        lower(review_text) as answer_text
    from reviews
    where review_text is not null

),

-- 1. equal texts are read once; English words begin at a space, Chinese terms stand anywhere
texts as (

    select
        answer_text,
        concat(' ', {{ replace_regex('answer_text', '[^a-z0-9]+', ' ') }}, ' ') as english_text
    from answers
    where answer_text is not null
    group by answer_text

),

phrases as (

    select
        terms.theme,
        terms.term,
        terms.language,
        exceptions.phrase
    from terms
    {{ explode_array(split_text('terms.unless', '|'), 'exceptions', 'phrase') }}
    where terms.unless is not null

),

found as (

    select
        texts.answer_text,
        texts.english_text,
        terms.theme,
        terms.term
    from texts
    inner join terms
        on
            terms.language = 'en' and contains(texts.english_text, concat(' ', terms.term))
            or terms.language != 'en' and contains(texts.answer_text, terms.term)

),

-- 2. `not helpful` is no praise: a term does not count beside one of its exceptions
excepted as (

    select
        found.answer_text,
        found.theme,
        found.term
    from found
    inner join phrases
        on
            found.theme = phrases.theme
            and found.term = phrases.term
            and (
                phrases.language = 'en' and contains(found.english_text, concat(' ', phrases.phrase))
                or phrases.language != 'en' and contains(found.answer_text, phrases.phrase)
            )
    group by found.answer_text, found.theme, found.term

),

text_themes as (

    select
        found.answer_text,
        found.theme
    from found
    left join excepted
        on
            found.answer_text = excepted.answer_text
            and found.theme = excepted.theme
            and found.term = excepted.term
    where excepted.term is null
    group by found.answer_text, found.theme

),

-- 3. what the survey tool named counts too, if the theme is known
answer_themes as (

    select
        answers.answer_id,
        text_themes.theme
    from answers
    inner join text_themes on answers.answer_text = text_themes.answer_text

    union

    select
        answers.answer_id,
        definitions.theme
    from answers
    inner join definitions on answers.named_theme = definitions.theme

),

final as (

    select
        answers.answer_id,
        coalesce(answer_themes.theme, 'other') as theme,
        answers.source_table,
        {{ local_date('answers.answered_at') }} as answered_on
    from answers
    left join answer_themes on answers.answer_id = answer_themes.answer_id

)

select * from final
