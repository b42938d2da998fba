"""The few parts of Grafana's dashboard model that farm's dashboards are made of, as functions that return plain JSON values."""

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
TAG = "farm"
GOOD, WARN, BAD = "green", "orange", "red"


def steps(*pairs):
    """Thresholds: the first colour, then (from value, colour)."""
    first, *rest = pairs
    return {"mode": "absolute", "steps": [{"color": first, "value": None}, *({"color": c, "value": v} for v, c in rest)]}


NEUTRAL = steps("blue")
HIGH_IS_GOOD = steps(BAD, (0.5, WARN), (0.8, GOOD))  # ratios
HIGH_IS_BAD = steps(GOOD, (0.8, WARN), (0.95, BAD))
ZERO_IS_GOOD = steps(GOOD, (1, BAD))
ONE_IS_GOOD = steps(BAD, (1, GOOD))


def query(expr, legend="", table=False, instant=False):
    target = {"datasource": DATASOURCE, "expr": expr, "legendFormat": legend or "__auto"}
    if table or instant:
        target.update(instant=True, range=False)
    if table:
        target["format"] = "table"
    return target


def panel(
    kind,
    title,
    description,
    unit,
    targets,
    thresholds=NEUTRAL,
    *,
    options=None,
    custom=None,
    overrides=None,
    more=None,
    links=None,
    transformations=None,
):
    for number, target in enumerate(targets):
        target["refId"] = chr(ord("A") + number)
    defaults = {"unit": unit, "thresholds": thresholds, "custom": custom or {}, **(more or {})}
    if links:
        defaults["links"] = links
    made = {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": DATASOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": overrides or []},
        "options": options or {},
    }
    if transformations:
        made["transformations"] = transformations
    return made


def stat(title, description, unit, expr, thresholds=NEUTRAL, links=None, decimals=None):
    options = {"colorMode": "value", "graphMode": "area", "textMode": "auto", "reduceOptions": {"calcs": ["lastNotNull"]}}
    more = {} if decimals is None else {"decimals": decimals}
    return panel("stat", title, description, unit, [query(expr)], thresholds, options=options, links=links, more=more)


def graph(title, description, unit, targets, thresholds=NEUTRAL, *, stacked=False, bars=False, limit=False, zero=True):
    """`limit`: the thresholds are drawn as lines."""
    custom = {
        "drawStyle": "bars" if bars else "line",
        "lineWidth": 1,
        "fillOpacity": 60 if bars else 15 if stacked else 5,
        "showPoints": "never",
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if limit else "off"},
    }
    options = {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}, "tooltip": {"mode": "multi", "sort": "desc"}}
    return panel(
        "timeseries", title, description, unit, targets, thresholds, options=options, custom=custom, more={"min": 0} if zero else {}
    )


def bars(title, description, unit, expr, legend, thresholds=NEUTRAL):
    options = {"orientation": "horizontal", "displayMode": "gradient", "showUnfilled": True, "reduceOptions": {"calcs": ["lastNotNull"]}}
    return panel("bargauge", title, description, unit, [query(expr, legend, instant=True)], thresholds, options=options, more={"min": 0})


def table(title, description, unit, columns, by, links=None):
    """One row per value of the label `by`; columns: (heading, expression, unit, thresholds or None)."""
    targets = [query(expr, table=True) for _, expr, _, _ in columns]
    hidden = {"Time": True, "__name__": True, "instance": True, "job": True}
    names = {f"Value #{chr(ord('A') + i)}": heading for i, (heading, _, _, _) in enumerate(columns)}
    transformations = [
        {"id": "joinByField", "options": {"byField": by, "mode": "outer"}},
        {"id": "organize", "options": {"excludeByName": hidden, "renameByName": names, "indexByName": {}}},
    ]
    overrides = []
    for heading, _, column_unit, thresholds in columns:
        properties = [{"id": "unit", "value": column_unit}]
        if thresholds:
            properties += [{"id": "thresholds", "value": thresholds}, {"id": "custom.cellOptions", "value": {"type": "color-text"}}]
        overrides.append({"matcher": {"id": "byName", "options": heading}, "properties": properties})
    return panel(
        "table",
        title,
        description,
        unit,
        targets,
        options={"showHeader": True, "cellHeight": "sm"},
        overrides=overrides,
        links=links,
        transformations=transformations,
    )


def heatmap(title, description, unit, expr):
    options = {
        "calculate": False,
        "cellGap": 1,
        "color": {"mode": "scheme", "scheme": "Blues", "steps": 32},
        "yAxis": {"unit": unit},
        "tooltip": {"show": True, "yHistogram": True},
        "legend": {"show": True},
    }
    target = {**query(expr, "{{le}}"), "format": "heatmap"}
    return panel("heatmap", title, description, unit, [target], options=options)


def datasource_variable():
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "current": {}, "hide": 0}


def label_variable(name, label, metric, of, multi=False):
    """Values of a label; `of`: the label's name. With `multi`, several or all of them."""
    made = {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "refresh": 2,
        "sort": 1,
        "hide": 0,
        "query": {"query": f"label_values({metric}, {of})", "refId": "variable"},
        "definition": f"label_values({metric}, {of})",
        "multi": multi,
        "includeAll": multi,
        "current": {"text": "All", "value": "$__all"} if multi else {},
    }
    if multi:
        made["allValue"] = ".+"
    return made


def text_variable(name, label, value):
    return {"name": name, "label": label, "type": "textbox", "query": value, "current": {"text": value, "value": value}, "hide": 0}


def window_variable():
    words = ["5m", "15m", "30m", "1h", "6h", "1d"]
    options = [{"text": word, "value": word, "selected": word == "30m"} for word in words]
    return {
        "name": "window",
        "label": "Counted over",
        "type": "custom",
        "query": ",".join(words),
        "options": options,
        "hide": 0,
        "current": {"text": "30m", "value": "30m"},
        "multi": False,
        "includeAll": False,
    }


def dashboard(uid, title, description, variables, rows, others):
    """rows: (heading, [(width of 24, height, panel), …]); others: (title, uid) of the dashboards that the head links to."""
    panels, y, number = [], 0, 1
    for heading, content in rows:
        panels.append(
            {"id": number, "type": "row", "title": heading, "collapsed": False, "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}, "panels": []}
        )
        number, y, x, tallest = number + 1, y + 1, 0, 0
        for width, height, made in content:
            if x + width > 24:
                x, y, tallest = 0, y + tallest, 0
            panels.append({"id": number, **made, "gridPos": {"x": x, "y": y, "w": width, "h": height}})
            number, x, tallest = number + 1, x + width, max(tallest, height)
        y += tallest
    links = [
        {
            "type": "link",
            "title": name,
            "url": f"/d/{other}",
            "icon": "dashboard",
            "keepTime": True,
            "includeVars": True,
            "targetBlank": False,
            "tooltip": f"farm: {name}",
            "asDropdown": False,
            "tags": [],
        }
        for name, other in others
        if other != uid
    ]
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": [TAG],
        "schemaVersion": 38,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "links": links,
        "templating": {"list": [datasource_variable(), *variables]},
        "annotations": {"list": []},
        "panels": panels,
    }


def link_to(uid, title, variable, label):
    """A link of a value to another dashboard, with the value's label as its variable."""
    return [{"title": title, "url": f"/d/{uid}?var-{variable}=${{__field.labels.{label}}}&${{__url_time_range}}", "targetBlank": False}]
