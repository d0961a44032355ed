"""A discount that is spread over products, of which there happen to be none."""

BUDGET = 100


def apply_campaign(campaign):
    return {"name": campaign["name"], "discount": discount_for(campaign["products"])}


def discount_for(products):
    return round(spread(BUDGET, products), 2)


def spread(budget, products):
    return budget / len(products)
