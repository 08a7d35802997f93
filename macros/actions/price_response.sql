{#- The response to prices: Student's t, the margin at a discount, and the words of mart price_response. -#}

{#-
  Quantile of Student's t for a two-sided 90 % interval (Cornish-Fisher from the normal: within 0.5 %
  from 4 degrees of freedom on); the normal's where the degrees of freedom are unknown.
-#}
{%- macro student_t_90(degrees) -%}
    {%- set z = 1.6448536269514722 -%}
    (
        {{ z }}e0
        + coalesce({{ safe_divide((z ** 3 + z) / 4, degrees) }}, 0e0)
        + coalesce({{ safe_divide((5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96, 'power(' ~ degrees ~ ', 2)') }}, 0e0)
        + coalesce({{ safe_divide(
            (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384, 'power(' ~ degrees ~ ', 3)'
        ) }}, 0e0)
    )
{%- endmacro -%}

{#- Margin at a discount against the margin without, as a share of it: needs `bounded` and `steps`. -#}
{%- macro discount_gain(elasticity) -%}
    {%- set discount = 'bounded.discount_step * steps.step_no' -%}
    (1e0 - {{ discount }} - bounded.cost_share) * power(1e0 - {{ discount }}, {{ elasticity }})
    / (1e0 - bounded.cost_share) - 1e0
{%- endmacro -%}

{#- A share as per cent with one place: 14.3 %. -#}
{%- macro price_percent(x) -%}
    concat({{ as_text(to_decimal('100e0 * ' ~ x, 1)) }}, ' %')
{%- endmacro -%}

{#- What was found, as a sentence: en or zh. -#}
{%- macro price_finding(language) -%}
    {%- set figures -%}
        {{ as_text(to_decimal('elasticity', 2)) }}, ' (', {{ as_text(to_decimal('elasticity_low', 2)) }},
        '{{ ' to ' if language == 'en' else ' 至 ' }}', {{ as_text(to_decimal('elasticity_high', 2)) }}, ')'
    {%- endset -%}
    {%- if language == 'en' -%}
    case
        when finding = 'own' then concat('Elasticity ', {{ figures }}, ', from ', {{ as_text('items') }},
            case item_level when 'product' then ' products over ' else ' subcategories over ' end, {{ as_text('weeks') }}, ' weeks',
            case when elasticity_basis = 'shrunken' then ', drawn towards the mean of all categories' else '' end,
            case when elasticity_low <= 0 and elasticity_high >= 0 then '; it may be nothing' else '' end)
        else concat(case finding
                when 'sold_too_seldom' then 'Sold too seldom to see how prices act'
                when 'no_price_variation' then 'Prices hardly moved: nothing to learn from'
                else 'Too few weeks to see how prices act' end,
            case when elasticity is null then '' else concat('; the mean of ', {{ as_text('measured_categories') }},
                ' other categories is ', {{ figures }}) end)
    end
    {%- else -%}
    case
        when finding = 'own' then concat('价格弹性', {{ figures }}, '，依据', {{ as_text('items') }},
            case item_level when 'product' then '个单品' else '个子类' end, {{ as_text('weeks') }}, '周的数据',
            case when elasticity_basis = 'shrunken' then '，并向全部品类的均值收缩' else '' end,
            case when elasticity_low <= 0 and elasticity_high >= 0 then '；可能并无影响' else '' end)
        else concat(case finding
                when 'sold_too_seldom' then '销售过少，无法看出价格的影响'
                when 'no_price_variation' then '价格几乎没有变化，无从得知'
                else '周数过少，无法看出价格的影响' end,
            case when elasticity is null then '' else concat('；其他', {{ as_text('measured_categories') }}, '个品类的均值为', {{ figures }}) end)
    end
    {%- endif -%}
{%- endmacro -%}

{#- What follows for discounts, as a sentence: en or zh. -#}
{%- macro price_advice(language) -%}
    {%- if language == 'en' -%}
    case
        when elasticity is null then '.'
        when cost_share is null then '; costs are unknown, so no discount can be judged.'
        when cost_share >= 1e0 then '; sold at or under cost: no discount pays.'
        when lowest_paying_discount is null
            then concat('; a discount of ', {{ price_percent('discount_step') }}, ' would sell ', {{ price_percent('abs(expected_lift)') }},
                case when expected_lift < 0 then ' less' else ' more' end, case when needed_lift is null then '' else concat(' and needs ', {{ price_percent('needed_lift') }}, ' more to pay') end,
                ': none up to ', {{ price_percent('discount_limit') }}, ' pays.')
        else concat('; discounts pay from ', {{ price_percent('lowest_paying_discount') }}, ', best ', {{ price_percent('best_discount') }},
            ' (margin +', {{ price_percent('best_gain_rate') }}, ')',
            case when is_gain_sure then '.' else '; at the cautious end of the interval none pays: try it with a holdout.' end)
    end
    {%- else -%}
    case
        when elasticity is null then '。'
        when cost_share is null then '；成本未知，无法判断折扣。'
        when cost_share >= 1e0 then '；售价不高于成本，任何折扣都不划算。'
        when lowest_paying_discount is null
            then concat('；', {{ price_percent('discount_step') }}, '的折扣预计', case when expected_lift < 0 then '少售' else '多售' end, {{ price_percent('abs(expected_lift)') }},
                case when needed_lift is null then '' else concat('，需多售', {{ price_percent('needed_lift') }}) end,
                '：', {{ price_percent('discount_limit') }}, '以内的折扣均不划算。')
        else concat('；折扣从', {{ price_percent('lowest_paying_discount') }}, '起划算，最佳', {{ price_percent('best_discount') }},
            '（毛利+', {{ price_percent('best_gain_rate') }}, '）',
            case when is_gain_sure then '。' else '；按区间的保守一端均不划算：请先用对照组试验。' end)
    end
    {%- endif -%}
{%- endmacro -%}
