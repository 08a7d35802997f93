{#-
  Why a person gets the action of the day, in words with numbers. Reads columns of CTE `worded` of
  customer_next_actions: numbers as texts, labels, and what stands in the way of other actions.
    language  en or zh
-#}
{% macro action_reason(language) -%}
    {%- set money = var('base_currency') -%}
    {#- what is said in each case: a list of texts (in quotes) and columns -#}
    {%- set words = {
        'en': {
            'no_consent': ["'No consent to marketing: left alone'"],
            'left_by_lot': ["'Left alone by lot, so that effects can be learnt (probability '", 'probability_text', "')'"],
            'nothing_fits': ["'No action fits: the conditions of '", 'action_count_text', "' actions are not met'"],
            'all_blocked': ['fitting_text', "' action(s) would fit, none is possible now: '", 'block_en'],
            'limited': ['best_label_en', "' would bring '", 'highest_text', "' " ~ money ~ " net, but the limits of the day go to people with whom a unit earns more'"],
            'nothing_pays': ["'The best of '", 'other_count_text', "' possible action(s), '", 'best_other_label_en', "', would bring '",
                'best_other_text', "' " ~ money ~ " net: nothing pays'"],
            'nothing_known': ["'The action(s) that fit are known to harm or have no estimate: left alone'"],
            'given': ['label_en', "' by '", 'channel_label_en', "': '", 'effect_text', "' orders more expected in segment '", 'segment', "' ('", 'basis_en',
                "'), worth '", 'value_text', "' " ~ money ~ "; costs '", 'cost_text', "', leaves '", 'net_text', 'lot_en', 'holdout_en'],
        },
        'zh': {
            'no_consent': ["'未同意营销：不触达'"],
            'left_by_lot': ["'随机抽中不触达，用于了解效果（概率 '", 'probability_text', "'）'"],
            'nothing_fits': ["'没有适合的行动：'", 'action_count_text', "' 个行动的条件均未满足'"],
            'all_blocked': ["'适合 '", 'fitting_text', "' 个行动，目前都不能执行：'", 'block_zh'],
            'limited': ['best_label_zh', "'预计净收益 '", 'highest_text', "' " ~ money ~ "，但当日额度分配给了单位收益更高的客户'"],
            'nothing_pays': ["'可选的 '", 'other_count_text', "' 个行动中最好的是'", 'best_other_label_zh', "'，预计净收益 '", 'best_other_text', "' " ~ money ~ "：都不划算'"],
            'nothing_known': ["'适合的行动已知有害或没有估计：不触达'"],
            'given': ['label_zh', "'（'", 'channel_label_zh', "'）：价值层级 '", 'segment_label_zh', "' 预计增加订单 '", 'effect_text', "'（'", 'basis_zh', "'），价值 '", 'value_text',
                "' " ~ money ~ "，成本 '", 'cost_text', "'，净收益 '", 'net_text', 'lot_zh', 'holdout_zh'],
        },
    }[language] -%}
    case
        when action != 'do_nothing' then concat({{ words.given | join(', ') }})
        when not has_marketing_consent then concat({{ words.no_consent | join(', ') }}, '')
        when is_exploration then concat({{ words.left_by_lot | join(', ') }})
        when option_count = 1 and fitting_count = 0 then concat({{ words.nothing_fits | join(', ') }})
        when option_count = 1 and block_en is not null then concat({{ words.all_blocked | join(', ') }})
        when option_count = 1 then concat({{ words.nothing_known | join(', ') }}, '')
        when highest_net_value > 0 then concat({{ words.limited | join(', ') }})
        else concat({{ words.nothing_pays | join(', ') }})
    end
{%- endmacro %}


{#- What stands in the way of an action, in words; a stop brings its own. -#}
{% macro action_block_label(language) -%}
    {%- set words = {
        'no_personalisation': ('no consent to personalisation', '未同意个性化'),
        'no_account': ('the person has no account, only purchases as a guest', '客户没有账户，仅有访客订单'),
        'no_channel': ('no channel of the action reaches the person', '没有可触达的渠道'),
        'cap': ('had it as often as is allowed', '已达触达次数上限'),
        'gap': ('had it a short while ago', '距上次触达时间过短'),
        'no_item': ('there is no item to offer', '没有可推荐的商品'),
    } -%}
    case
        {%- for name, labels in words.items() %}
        when blocked_by = '{{ name }}' then '{{ labels[0 if language == 'en' else 1] }}'
        {%- endfor %}
        else stop_labels.label_{{ language }}
    end
{%- endmacro %}
