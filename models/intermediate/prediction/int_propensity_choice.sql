{#-
  One row per target: the model that is published, whether to trust it, and why. The logistic model
  has to beat every baseline on the holdout, by log loss and by AUC; else the best baseline is published.
-#}
with

targets as (

    select * from {{ ref('int_prediction_targets') }}

),

counts as (

    select * from {{ ref('int_propensity_counts') }}

),

metrics as (

    select * from {{ ref('int_propensity_metrics') }}
    where split = 'holdout'

),

rules as (

    select
        max(case when rule = 'max_ece' then threshold end) as max_ece,
        max(case when rule = 'min_lift' then threshold end) as min_lift
    from {{ ref('prediction_rules') }}

),

ranked as (

    select
        fit_no,
        model,
        {{ round_significant('log_loss', 6) }} as log_loss,
        coalesce({{ round_significant('auc', 6) }}, 0.5e0) as auc,
        ece,
        ece_by_chance,
        lift_top_decile,
        row_number() over (
            partition by fit_no, model = 'logistic'
            order by {{ round_significant('log_loss', 6) }}, model
        ) as model_rank
    from metrics

),

compared as (

    select
        targets.fit_no,
        counts.training_rows,
        counts.training_positives,
        counts.holdout_rows,
        counts.holdout_positives,
        counts.min_positives,
        counts.is_fitted,
        baseline.model as best_baseline,
        coalesce(logistic.log_loss < baseline.log_loss and logistic.auc >= baseline.auc, false) as is_beaten,
        logistic.auc as logistic_auc,
        baseline.auc as baseline_auc,
        logistic.log_loss as logistic_loss,
        baseline.log_loss as baseline_loss,
        logistic.ece,
        logistic.ece_by_chance,
        logistic.lift_top_decile
    from targets
    inner join counts on targets.fit_no = counts.fit_no
    left join ranked as logistic
        on
            targets.fit_no = logistic.fit_no
            and logistic.model = 'logistic'
    left join ranked as baseline
        on
            targets.fit_no = baseline.fit_no
            and baseline.model != 'logistic'
            and baseline.model_rank = 1

),

judged as (

    select
        compared.*,
        case
            when compared.training_rows = 0 then 'none'
            when compared.is_beaten then 'logistic'
            else coalesce(compared.best_baseline, 'base_rate')
        end as model_used,
        case
            when compared.training_rows = 0 then 'no_past'
            when not compared.is_fitted then 'few_cases'
            when compared.holdout_rows = 0 then 'no_holdout'
            when not compared.is_beaten then 'not_better'
            when compared.holdout_positives < compared.min_positives then 'few_holdout_cases'
            when compared.ece > rules.max_ece then 'not_calibrated'
            when compared.lift_top_decile < rules.min_lift then 'no_lift'
            else 'passed'
        end as finding
    from compared
    cross join rules

),

texts as (

    select
        judged.*,
        case judged.best_baseline
            when 'recency_only' then 'the days since the last order alone'
            when 'alive_only' then 'the chance of still being a customer alone'
            else 'the base rate'
        end as baseline_en,
        case judged.best_baseline when 'recency_only' then '仅按距上次下单天数' when 'alive_only' then '仅按存活概率' else '基础比率' end as baseline_zh,
        {{ as_text('cast(judged.logistic_auc as decimal(18, 3))') }} as auc_text,
        {{ as_text('cast(judged.baseline_auc as decimal(18, 3))') }} as baseline_auc_text,
        {{ as_text('judged.training_positives') }} as positives_text,
        {{ as_text('judged.training_rows') }} as rows_text,
        {{ as_text('judged.min_positives') }} as min_text,
        {{ as_text('cast(judged.ece as decimal(18, 3))') }} as ece_text,
        {{ as_text('cast(judged.ece_by_chance as decimal(18, 3))') }} as chance_text
    from judged

),

final as (

    select
        fit_no,
        model_used,
        finding,
        finding = 'passed' as is_trustworthy,
        case finding
            when 'no_past' then 'no past day lies far enough back to learn from'
            when 'few_cases' then concat('too few cases to fit: ', positives_text, ' of ', rows_text, ' examples, ', min_text, ' of each kind are needed')
            when 'no_holdout' then 'no later day to test the model on: the base rate'
            when 'not_better' then concat('the model does not beat ', baseline_en, ' on the holdout: AUC ', auc_text, ' against ', baseline_auc_text)
            when 'few_holdout_cases' then concat('fewer than ', min_text, ' cases on the holdout')
            when 'not_calibrated' then concat('probabilities are off by ', ece_text, ' in the mean; by chance alone it would be ', chance_text)
            when 'no_lift' then 'the top tenth holds hardly more cases than anybody'
            else concat('beats ', baseline_en, ' on the holdout: AUC ', auc_text, ' against ', baseline_auc_text, ', mean error ', ece_text)
        end as reason,
        case finding
            when 'no_past' then '没有足够早的历史可供学习'
            when 'few_cases' then concat('案例过少，无法拟合：', rows_text, '个样本中', positives_text, '个，每类至少需要', min_text, '个')
            when 'no_holdout' then '没有更晚的日期可供检验，使用基础比率'
            when 'not_better' then concat('模型在留出日未优于', baseline_zh, '：AUC ', auc_text, ' 对 ', baseline_auc_text)
            when 'few_holdout_cases' then concat('留出日的案例少于', min_text, '个')
            when 'not_calibrated' then concat('概率平均偏差', ece_text, '；仅偶然即为', chance_text)
            when 'no_lift' then '前十分之一人群的案例几乎不多于平均'
            else concat('在留出日优于', baseline_zh, '：AUC ', auc_text, ' 对 ', baseline_auc_text, '，平均误差', ece_text)
        end as reason_zh,
        training_rows,
        training_positives,
        holdout_rows,
        holdout_positives
    from texts

)

select * from final
